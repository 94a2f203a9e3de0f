"""Programme, audits, checklists and audit reports."""
