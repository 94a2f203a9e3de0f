"""The measurement engine: logs of service events in, attainment of promises out. Files alone, no database, no web."""
