"""A stand-in of PythonAnywhere: its API by what its documentation says, and the web apps by their WSGI files."""
