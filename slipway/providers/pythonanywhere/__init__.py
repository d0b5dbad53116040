"""PythonAnywhere for Pulumi: web apps, their files, WSGI files, static mappings and tasks, by its HTTP API.

https://help.pythonanywhere.com/pages/API/ is the reference of what is called here.
"""
