"""One provider, as the engine asks it: Pulumi's provider protocol over gRPC, on loopback and nowhere else."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.engine.providers.protocol import Checked, Diff, Partial, ProviderError, Read, Subject, UnservedError
from slipway.engine.values import urn as urns
from slipway.wire.signatures import FOLDER, NOTE, RESUMES
from slipway.wire.values import WHOLE, Dialect, Props, bare, from_struct, has_unknowns, is_secret, secret, to_struct
from slipway.wire.variables import PROVIDER_TOKEN

OPTIONS = (
    ("grpc.max_receive_message_length", 400 << 20),
    ("grpc.max_send_message_length", 400 << 20),
    ("grpc.enable_http_proxy", 0),
    # A partial failure comes with its resource in the trailing metadata; gRPC's own limit is 8 KB.
    ("grpc.max_metadata_size", 16 << 20),
)

WATCHFUL = (("grpc.keepalive_time_ms", 10_000), ("grpc.keepalive_timeout_ms", 10_000))
"""For the sandbox's host, which takes such questions: one that hangs in mid-call is given up after twenty seconds."""


class Provider:
    """A provider process on a port of this machine, with one configuration."""

    def __init__(self, package: str, port: int, notes: Callable[[str, str], None] = lambda _urn, _text: None) -> None:
        """See the class. ``notes`` is told what the provider says of a resource, by its URN, beside its answer."""
        import grpc
        from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

        self.package, self._pb, self._notes = package, provider_pb2, notes
        token = os.environ.get(PROVIDER_TOKEN)
        options = (*OPTIONS, *WATCHFUL) if token else OPTIONS
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._credentials = (("authorization", f"Bearer {token}"),) if token else ()
        self._where = f"the provider {package} on port {port}"
        self._previews, self._unknown = True, False
        self._whole = WHOLE

    def check_config(self, urn: str, olds: Props, news: Props) -> Checked:
        """Check the configuration; a provider without CheckConfig takes any."""
        request = self._pb.CheckRequest(urn=urn, olds=to_struct(olds), news=to_struct(news), **_named(urn))
        answer = self._call("CheckConfig", request, optional=True)
        if answer is None:
            return Checked(news)
        return Checked(from_struct(answer.inputs), _failures(answer.failures))

    def diff_config(self, urn: str, old_inputs: Props, old_outputs: Props, news: Props) -> Diff:
        """Compare two configurations; a provider without DiffConfig has no opinion."""
        request = self._pb.DiffRequest(
            urn=urn, olds=to_struct(old_outputs), old_inputs=to_struct(old_inputs), news=to_struct(news), **_named(urn)
        )
        answer = self._call("DiffConfig", request, optional=True)
        diff = Diff(None) if answer is None else _diff(answer)
        return diff if diff.some is not None else Diff(bare(old_outputs) != bare(news))

    def configure(self, inputs: Props) -> None:
        """Give the provider its configuration; one that is not known yet makes its answers unknown instead."""
        self._unknown = has_unknowns(inputs)
        if self._unknown:
            return
        plain = {key: bare(value) for key, value in inputs.items() if key != "version"}
        variables = {f"{self.package}:config:{key}": _text(value) for key, value in plain.items()}
        answer = self._call(
            "Configure",
            self._pb.ConfigureRequest(
                variables=variables,
                args=to_struct(inputs),
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
            ),
        )
        self._whole = Dialect(secrets=answer.acceptSecrets, resources=answer.acceptResources)
        self._previews = answer.supportsPreview

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        """Check the inputs; ``keep_old`` says whether the old ones are still those of the same thing."""
        if self._unknown:
            return Checked(subject.inputs)
        request = self._pb.CheckRequest(
            urn=subject.urn,
            olds=self._sent(subject.old_inputs if keep_old else {}),
            news=self._sent(subject.inputs),
            randomSeed=subject.seed or secrets.token_bytes(32),
            **_named(subject.urn),
        )
        answer = self._call("Check", request, unserved=UnservedError)
        return Checked(self._marked(from_struct(answer.inputs), subject.inputs), _failures(answer.failures))

    def diff(self, subject: Subject) -> Diff:
        """Compare what is with what shall be."""
        if self._unknown:
            raise ProviderError(
                "The provider for this resource has inputs that are not known during preview.\n"
                "This preview may not correctly represent the changes that will be applied during an update.",
                unavailable_diff=True,
            )
        request = self._pb.DiffRequest(
            id=subject.id,
            urn=subject.urn,
            olds=self._elided(subject.old_outputs),
            old_inputs=self._elided(subject.old_inputs),
            news=self._elided(subject.inputs),
            ignoreChanges=subject.ignore,
            **_named(subject.urn),
        )
        return _diff(self._call("Diff", request))

    def create(self, subject: Subject) -> tuple[str, Props]:
        """Make the resource; its id and outputs."""
        if subject.preview and (self._unknown or not self._previews):
            return "", {} if self._unknown else dict(subject.inputs)
        request = self._pb.CreateRequest(
            urn=subject.urn,
            properties=self._sent(subject.inputs),
            timeout=subject.timeout,
            preview=subject.preview,
            **_named(subject.urn),
        )
        answer = self._call("Create", request, metadata=((RESUMES, "1"),) if subject.resumes else ())
        return answer.id, self._marked(from_struct(answer.properties), subject.inputs)

    def read(self, subject: Subject) -> Read:
        """Look at the resource."""
        if self._unknown:
            return Read(subject.id, None, {})
        request = self._pb.ReadRequest(
            id=subject.id,
            urn=subject.urn,
            properties=self._elided(subject.old_outputs),
            inputs=self._elided(subject.old_inputs),
            timeout=subject.timeout,
            **_named(subject.urn),
        )
        answer = self._call("Read", request)
        if not answer.id:
            return Read("", None, None)
        inputs = from_struct(answer.inputs) if answer.HasField("inputs") else None
        outputs = self._marked(from_struct(answer.properties), subject.old_outputs)
        return Read(answer.id, None if inputs is None else self._marked(inputs, subject.old_inputs), outputs)

    def update(self, subject: Subject) -> Props:
        """Change the resource; its outputs."""
        if subject.preview and (self._unknown or not self._previews):
            return {} if self._unknown else dict(subject.inputs)
        request = self._pb.UpdateRequest(
            id=subject.id,
            urn=subject.urn,
            olds=self._elided(subject.old_outputs),
            old_inputs=self._elided(subject.old_inputs),
            news=self._sent(subject.inputs),
            timeout=subject.timeout,
            ignoreChanges=subject.ignore,
            preview=subject.preview,
            **_named(subject.urn),
        )
        return self._marked(from_struct(self._call("Update", request).properties), subject.inputs)

    def delete(self, subject: Subject) -> None:
        """Remove the resource."""
        request = self._pb.DeleteRequest(
            id=subject.id,
            urn=subject.urn,
            properties=self._elided(subject.old_outputs),
            old_inputs=self._elided(subject.old_inputs),
            timeout=subject.timeout,
            **_named(subject.urn),
        )
        self._call("Delete", request)

    def invoke(self, token: str, args: Props, *, preview: bool) -> tuple[Props, tuple[tuple[str, str], ...]]:
        """Call a function of the provider's: its result and what it complains of."""
        if self._unknown:
            return {}, ()
        answer = self._call(
            "Invoke",
            self._pb.InvokeRequest(
                tok=token, args=to_struct(args, replace(self._whole, unknowns=False)), preview=preview
            ),
        )
        return from_struct(getattr(answer, "return")), _failures(answer.failures)

    def cancel(self) -> None:
        """Ask the provider to stop what it is doing, as well as it can."""
        from google.protobuf.empty_pb2 import Empty

        self._call("Cancel", Empty(), optional=True, seconds=5)

    def _sent(self, props: Props) -> Any:  # noqa: ANN401
        """Properties whole: the inputs of Check, Create and Update."""
        return to_struct(props, self._whole)

    def _elided(self, props: Props) -> Any:  # noqa: ANN401
        """Properties with assets as their hashes alone: both sides of Diff, old sides, and what is read or deleted."""
        return to_struct(props, replace(self._whole, asset_contents=False))

    def _marked(self, answered: Props, inputs: Props) -> Props:
        """What a provider answers that knows no secrets: secret where what it was asked with was."""
        return answered if self._whole.secrets else _annotate(answered, inputs)

    def _call(
        self,
        method: str,
        request: Any,  # noqa: ANN401
        *,
        optional: bool = False,
        seconds: float | None = None,
        metadata: tuple[tuple[str, str], ...] = (),
        unserved: type[ProviderError] = ProviderError,
    ) -> Any:  # noqa: ANN401
        import grpc

        try:
            sent = (*metadata, *self._credentials, _folder())
            answer, call = getattr(self._stub, method).with_call(request, timeout=seconds, metadata=sent)
        except grpc.RpcError as error:
            code = error.code()  # type: ignore[attr-defined]
            given_up = seconds is not None and code == grpc.StatusCode.DEADLINE_EXCEEDED
            if optional and (code == grpc.StatusCode.UNIMPLEMENTED or given_up):
                return None
            problem = error.details() or str(code)  # type: ignore[attr-defined]
            if code == grpc.StatusCode.UNIMPLEMENTED:
                raise unserved(problem) from error
            if code == grpc.StatusCode.UNAVAILABLE:
                problem = f"{self._where} does not answer: {problem}"
            unsure = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
            raise ProviderError(problem, partial=_partial(error), outcome_unknown=code in unsure) from error
        for key, text in call.trailing_metadata() or ():
            if key == NOTE:
                self._notes(request.urn, text.decode())
        return answer


def _folder() -> tuple[str, bytes]:
    """The folder that the program runs in: a provider's process has one of its own."""
    return FOLDER, os.fsencode(Path.cwd())


def provider_port(package: str, table: str) -> int | None:
    """The port of a package in ``PULUMI_DEBUG_PROVIDERS`` (``aws:1234,gcp:1235``); None for one that is not in it."""
    for entry in filter(None, table.split(",")):
        name, _, port = entry.strip().rpartition(":")
        if name == package and port.isdigit():
            return int(port)
    return None


def _named(urn: str) -> dict[str, str]:
    return {"name": urns.name_of(urn), "type": urns.type_of(urn)}


def _failures(failures: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    return tuple((failure.property, failure.reason) for failure in failures)


def _diff(answer: Any) -> Diff:  # noqa: ANN401
    from pulumi.runtime.proto import provider_pb2

    detailed = {
        path: (provider_pb2.PropertyDiff.Kind.Name(item.kind).lower().replace("_", "-"), item.inputDiff)
        for path, item in sorted(answer.detailedDiff.items())
    }
    return Diff(
        some={1: False, 2: True}.get(answer.changes),
        replace=tuple(answer.replaces),
        changed=tuple(answer.diffs),
        detailed=detailed if answer.hasDetailedDiff or detailed else None,
        delete_first=answer.deleteBeforeReplace,
    )


def _text(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else json.dumps(value)


def _annotate(answered: Props, inputs: Props) -> Props:
    outputs = dict(answered)
    for key, value in inputs.items():
        if key in outputs and is_secret(value):
            outputs[key] = secret(outputs[key])
        elif isinstance(value, dict) and isinstance(outputs.get(key), dict):
            outputs[key] = _annotate(outputs[key], value)
    return outputs


def _partial(error: Any) -> Partial | None:  # noqa: ANN401
    """The details of a call that failed after it had made or changed something, where there are any."""
    from pulumi.runtime.proto import provider_pb2, status_pb2

    details = [value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"]
    if len(details) != 1:
        return None
    status = status_pb2.Status.FromString(details[0])
    detail = provider_pb2.ErrorResourceInitFailed()
    for item in status.details if status.code == error.code().value[0] else ():
        if item.Is(detail.DESCRIPTOR) and item.Unpack(detail):
            outputs = from_struct(detail.properties) if detail.HasField("properties") else {}
            inputs = from_struct(detail.inputs) if detail.HasField("inputs") else None
            return Partial(detail.id, outputs, inputs, list(detail.reasons))
    return None
