"""The command ``slipway engine``: what ``pulumi`` does, for a program in this folder and stacks in a folder."""

import argparse
import os
import sys
from pathlib import Path

from slipway.engine.errors import EngineError, UsageError


def main(argv: list[str]) -> int:
    """Run one command; its exit status is the Pulumi CLI's."""
    args = _parser().parse_args(argv)
    try:
        return args.run(args)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="slipway engine")
    s = p.add_subparsers(required=True)
    stack = s.add_parser("stack").add_subparsers(required=True)
    init = stack.add_parser("init"); init.add_argument("name"); init.set_defaults(run=stack_init)
    config = s.add_parser("config").add_subparsers(required=True)
    cs = config.add_parser("set"); cs.add_argument("key"); cs.add_argument("value"); cs.add_argument("--secret", action="store_true")
    cs.add_argument("--stack"); cs.set_defaults(run=config_set)
    for name in ("preview", "up", "destroy", "refresh"):
        o = s.add_parser(name)
        o.add_argument("--stack"); o.add_argument("--json", action="store_true"); o.add_argument("--yes", action="store_true")
        o.add_argument("--skip-preview", action="store_true"); o.add_argument("--non-interactive", action="store_true")
        o.add_argument("--parallel", type=int, default=16); o.add_argument("--target", action="append", default=[])
        o.set_defaults(run=operate, kind=name)
    return p


def _backend():
    from slipway.engine.backend import Backend, backend_root
    from slipway.engine.project import find_project
    project = find_project(Path.cwd())
    return project, Backend(backend_root(os.environ.get("PULUMI_BACKEND_URL", "")), project.name)


def stack_init(args) -> int:
    from slipway.engine.project import StackSettings
    from slipway.engine.secrets import Secrets
    project, backend = _backend()
    settings = StackSettings(project, args.name)
    secrets = Secrets(settings.salt) if settings.salt else Secrets.create()
    backend.create(args.name, secrets.salt)
    if not settings.salt:
        settings.keep_salt(secrets.salt)
    (backend.root / ".current").write_text(args.name)
    return 0


def config_set(args) -> int:
    from slipway.engine.project import StackSettings
    from slipway.engine.secrets import Secrets
    project, backend = _backend()
    stack = args.stack or (backend.root / ".current").read_text()
    settings = StackSettings(project, stack)
    value = {"secure": Secrets(settings.salt).seal_text(args.value)} if args.secret else args.value
    settings.set(args.key, value, path=False)
    return 0


def operate(args) -> int:
    from slipway.engine import operation as ops
    from slipway.engine.digest import Digest
    from slipway.engine.display import Lines
    from slipway.engine.project import StackSettings
    from slipway.engine.targets import Options, Targets
    project, backend = _backend()
    preview = args.kind == "preview"
    out = Digest({}) if args.json else Lines()
    context = ops.Context(project, backend, args.stack, StackSettings(project, args.stack), out,
        Options(preview=preview, parallel=args.parallel, targets=Targets(tuple(args.target))))
    context.read_config()
    from slipway.engine.refresh import refresh
    work = {"preview": ops.run_program, "up": ops.run_program, "destroy": ops.delete_everything, "refresh": refresh}[args.kind]
    code = 0
    try:
        changes = ops.perform(context, args.kind if args.kind != "up" else "update", work)
    except EngineError as e:
        code = e.code
        out.tell("error", "", str(e))
    if args.json: print(out.text(context.counter.changes))
    else: out.summary(context.counter.changes)
    return code
