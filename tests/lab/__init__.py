"""The laboratory: every answer that the doctor explains, made by real servers."""
