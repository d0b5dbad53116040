"""What an invocation gives back, in the form of AWS's runtime: an error's type and stack, and the platform's lines.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html,
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import json
import time
from collections.abc import Callable
from typing import Any

MOST = 6291556
"""Bytes of an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
MARK = "\x00slipway\x00"
"""Begins what a worker tells of an error beside its message."""
WORKERS_OWN = '"error": str(e), "trace": traceback.format_exc()'
"""How the emulator's worker tells of an error."""
WORKERS_INIT = '"error": str(e)}'
"""How it tells of one that is met before the first call."""
PRELUDE = '''
def _slipway_init_failure(error, module, handler):
    """An error that is met before the first call, as AWS's runtime for Python answers it."""
    import json
    stack = []
    if isinstance(error, ImportError):
        name, message = "Runtime.ImportModuleError", f"Unable to import module '{module}': {error}"
    elif isinstance(error, SyntaxError):
        name, message = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}"
        stack = [f'  File "{error.filename}" Line {error.lineno}\\n    {error.text}']
    elif isinstance(error, AttributeError) and getattr(error, "name", None) == handler:
        name, message = "Runtime.HandlerNotFound", f"Handler '{handler}' missing on module '{module}'"
    else:
        return _slipway_failure(error)
    body = {"errorMessage": message, "errorType": name, "requestId": "", "stackTrace": stack}
    return "\\x00slipway\\x00" + json.dumps(body)

def _slipway_failure(error):
    """The error as AWS's runtime answers it, behind a mark."""
    import json, os, traceback
    frames = traceback.extract_tb(error.__traceback__)[1:]
    name, message = type(error).__name__, str(error)
    if frames and os.path.join("json", "__init__.py") in frames[0].filename:
        frames, name, message = [], "Runtime.MarshalError", "Unable to marshal response: " + message
    here = os.getcwd() + os.sep
    rows = [(f.filename.replace(here, "/var/task/"), f.lineno, f.name, f.line) for f in frames]
    body = {"errorMessage": message, "errorType": name, "requestId": "", "stackTrace": traceback.format_list(rows)}
    return "\\x00slipway\\x00" + json.dumps(body)
'''


def worker(script: str) -> str:
    """The emulator's worker, which tells its errors so. Raises RuntimeError where it is another one than is known."""
    if script.count(WORKERS_OWN) != 1 or script.count(WORKERS_INIT) != 1:
        raise RuntimeError("the emulator's worker for Python tells its errors in another way: see lambda_results.py")
    script = script.replace(WORKERS_INIT, '"error": _slipway_init_failure(e, module_name, handler_name)}')
    return PRELUDE + script.replace(WORKERS_OWN, '"error": _slipway_failure(e), "trace": ""')


def result(answer: dict[str, Any], request_id: str, *, memory_used_up: bool = False) -> dict[str, Any]:
    """What the emulator's executor gave back, as AWS's would."""
    body = answer.get("body")
    if not answer.get("error"):
        if len(json.dumps(body).encode()) > MOST:
            message = f"Response payload size exceeded maximum allowed payload size ({MOST} bytes)."
            failed = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
            return {**answer, "body": failed, "error": True}
        return answer
    message = body.get("errorMessage", "") if isinstance(body, dict) else ""
    if message.startswith(MARK):
        failed = {**json.loads(message.removeprefix(MARK)), "requestId": request_id}
        log = answer.get("log", "").partition(MARK)[0].rstrip("\n")
        return {**answer, "body": failed, "log": "\n".join(filter(None, [log, _logged(failed)]))}
    if message == "Worker process died":
        reason = "with error: signal: killed" if memory_used_up else "without providing a reason"
        words = f"RequestId: {request_id} Error: Runtime exited {reason}"
        return {**answer, "body": {"errorType": "Runtime.ExitError", "errorMessage": words}}
    return answer


def report(log: str, request_id: str, config: dict[str, Any], milliseconds: float, memory: int) -> str:
    """A log with the platform's own lines around it."""
    length = f"{milliseconds:.2f} ms\tBilled Duration: {int(milliseconds) + 1} ms"
    size = f"Memory Size: {config.get('MemorySize', 128)} MB\tMax Memory Used: {memory} MB"
    lines = [
        f"START RequestId: {request_id} Version: {config.get('Version', '$LATEST')}",
        *([log.rstrip("\n")] if log.strip() else []),
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tDuration: {length}\t{size}\t",
    ]
    return "\n".join(lines) + "\n"


def install(lambda_svc: Any, memory_used_up: Callable[[str], bool]) -> None:  # noqa: ANN401 - the emulator's module
    """Let the emulator's executor for Python answer so."""
    execute, dispatch = lambda_svc._execute_function_warm, lambda_svc._execute_function_dispatch

    def executed(func: Any, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401
        answer = execute(func, event, request_id)
        name = (func.get("config") or func).get("FunctionName", "")
        return result(answer, request_id, memory_used_up=bool(answer.get("error")) and memory_used_up(name))

    def dispatched(func: Any, config: Any, event: Any, request_id: str, started: float) -> dict[str, Any]:  # noqa: ANN401
        answer = dispatch(func, config, event, request_id, started)
        if not isinstance(answer, dict) or answer.get("throttle"):
            return answer
        spent = (time.time() - started) * 1000
        memory = lambda_svc._probe_peak_memory_mb(func)
        return {**answer, "log": report(answer.get("log") or "", request_id, config, spent, memory)}

    lambda_svc._execute_function_warm = executed
    lambda_svc._execute_function_dispatch = dispatched


def _logged(failed: dict[str, Any]) -> str:
    """The error as the runtime writes it into the log."""
    stack = failed["stackTrace"]
    head = f"[ERROR] {failed['errorType']}: {failed['errorMessage']}"
    return "\n".join([head, "Traceback (most recent call last):", "".join(stack).rstrip("\n")]) if stack else head
