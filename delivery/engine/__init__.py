"""The measurement engine: logs of service events in, attainment of promises out. Files alone, no database, no web."""

# Version of the definitions: raise it when the same input may give another figure.
ENGINE_VERSION = "1.1"
