"""Components for PythonAnywhere: one logical entity a file."""
