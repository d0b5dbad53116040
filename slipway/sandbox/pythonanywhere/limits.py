"""Where the sandbox does less than PythonAnywhere."""

LIMITS: list[tuple[str, str]] = [
    (
        "PythonAnywhere: API",
        "stands for what its documentation says (web apps, static files, files, schedule, always-on, cpu); no "
        "consoles, students, domains nor certificates; refusals are in our words where the documentation shows none",
    ),
    (
        "PythonAnywhere: web apps",
        "run on this machine's Python, one process each, without HTTPS; the root folder of their machine is a folder "
        "of the sandbox (PYTHONANYWHERE_ROOT); a virtual environment is made from the app's requirements.txt",
    ),
    ("PythonAnywhere: tasks", "run in a shell of this machine at their time (UTC); CPU seconds are not counted"),
]
