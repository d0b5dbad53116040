"""Streams that feed functions, as Lambda reads them: a batch that fails is cut in two, tried again, and left out.

The emulator reads a stream in batches too, and tries one that fails for ever. Here its own pass is asked to read no
more than is due of each shard, and what came of that decides how far the next pass goes:
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html.
"""

import contextvars
import datetime
import json
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from slipway.sandbox.handler import Props

Mapped: TypeAlias = tuple[str, str, Props]
"""An account, a region, and an event source mapping there."""
FOR_EVER = -1
"""How often Lambda tries a batch by default: until its records expire."""


@dataclass(frozen=True, kw_only=True)
class Tries:
    """What is known of the records at a place of a shard that have failed."""

    place: int
    size: int
    """Records of the next try."""
    failed: int = 0
    """How often they were tried again, whole."""


def after_failure(tries: Tries, *, retries: int, cuts: bool) -> Tries | None:
    """What to try next; None where the records are given up. Cutting a batch in two is no try again."""
    if cuts and tries.size > 1:
        return Tries(place=tries.place, size=tries.size // 2)
    if retries != FOR_EVER and tries.failed >= retries:
        return None
    return Tries(place=tries.place, size=tries.size, failed=tries.failed + 1)


def failure(mapping: Props, shard: str, records: Sequence[Props], failed: int) -> Props:
    """What a destination is told: which records were left out, and not what is in them."""
    first, last = records[0], records[-1]
    moments = [_moment(one["ApproximateArrivalTimestamp"]) for one in (first, last)]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": failed + 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "KinesisBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": moments[0],
            "approximateArrivalOfLastRecord": moments[1],
            "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _moment(stamp: float) -> str:
    return datetime.datetime.fromtimestamp(stamp, tz=datetime.UTC).isoformat(timespec="milliseconds")


def install(lambda_svc: Any, kinesis: Any, sqs: Any) -> None:  # noqa: ANN401 - the emulator's modules
    """Let the emulator's pass over the streams go on from a batch that fails too often."""
    Polls(lambda_svc, kinesis, sqs, own=lambda_svc._poll_kinesis, mappings=lambda_svc._iter_all_esms).install()


class Polls:
    """The emulator's passes over the streams. The thread that makes them is the only one that asks for the mappings."""

    def __init__(
        self,
        lambda_svc: Any,  # noqa: ANN401
        kinesis: Any,  # noqa: ANN401
        sqs: Any,  # noqa: ANN401
        *,
        own: Callable[[], bool],
        mappings: Callable[[], Iterable[Mapped]],
    ) -> None:
        self._lambda, self._kinesis, self._sqs = lambda_svc, kinesis, sqs
        self._own, self._mappings = own, mappings
        self._tries: dict[tuple[str, str], Tries] = {}
        """By mapping and shard."""

    def install(self) -> None:
        """Take the place of the emulator's own."""
        self._lambda._poll_kinesis = self.poll

    def poll(self) -> bool:
        """One pass; whether it got further."""
        streams = [one for one in self._mappings() if ":kinesis:" in one[2].get("EventSourceArn", "")]
        # Copies: what a mapping says of itself stays as it was declared.
        due = [(account, region, self._of_this_pass(mapping)) for account, region, mapping in streams]
        due = [(account, region, mapping) for account, region, mapping in due if self._is_full(mapping)]
        before = {mapping["UUID"]: dict(self._places(account, region, mapping)) for account, region, mapping in due}
        self._lambda._iter_all_esms = lambda: due
        try:
            processed = self._own()
        finally:
            self._lambda._iter_all_esms = self._mappings
        for account, region, mapping in due:
            self._settle(account, region, mapping, before[mapping["UUID"]])
        return processed

    def _of_this_pass(self, mapping: Props) -> Props:
        sizes = [one.size for (id, _), one in self._tries.items() if id == mapping["UUID"]]
        return {**mapping, "BatchSize": min([mapping["BatchSize"], *sizes]), "LastProcessingResult": ""}

    def _is_full(self, mapping: Props) -> bool:
        """Whether a batch is due: it is large enough, or its window is over."""
        window = mapping.get("MaximumBatchingWindowInSeconds") or 0
        stream = self._stream(mapping)
        if not window or stream is None:
            return True
        arn = self._lambda.parse_arn(mapping["EventSourceArn"])
        places = self._places(arn.account_id, arn.region, mapping)
        waiting = [shard["records"][places.get(name, 0) :] for name, shard in stream["shards"].items()]
        return any(
            len(records) >= mapping["BatchSize"]
            or (records and records[0]["ApproximateArrivalTimestamp"] <= time.time() - window)
            for records in waiting
        )

    def _stream(self, mapping: Props) -> Any:  # noqa: ANN401 - as the emulator keeps it
        arn = self._lambda.parse_arn(mapping["EventSourceArn"])
        return self._kinesis._streams.get_scoped(arn.account_id, arn.region, arn.resource.partition("/")[2])

    def _places(self, account: str, region: str, mapping: Props) -> dict[str, int]:
        """By shard, how many of its records are done."""
        return self._lambda._kinesis_positions.get_scoped(account, region, mapping["UUID"]) or {}

    def _settle(self, account: str, region: str, mapping: Props, before: dict[str, int]) -> None:
        """Note what came of a pass: what is done, what is tried again, and what is given up."""
        stream, places, id = self._stream(mapping), self._places(account, region, mapping), mapping["UUID"]
        for shard, place in places.items():
            tries = self._tries.get((id, shard))
            if tries and tries.place != place:
                del self._tries[id, shard]
            records = stream["shards"][shard]["records"][place : place + mapping["BatchSize"]] if stream else []
            if records and mapping["LastProcessingResult"] == "FAILED" and before.get(shard, place) == place:
                self._failed(mapping, places, shard, records)

    def _failed(self, mapping: Props, places: dict[str, int], shard: str, records: Sequence[Props]) -> None:
        key, place = (mapping["UUID"], shard), places[shard]
        current = self._tries.pop(key, None) or Tries(place=place, size=len(records))
        retries = int(mapping.get("MaximumRetryAttempts", FOR_EVER))
        following = after_failure(current, retries=retries, cuts=bool(mapping.get("BisectBatchOnFunctionError")))
        if following:
            self._tries[key] = following
            return
        places[shard] = place + len(records)
        target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if target:
            words = failure(mapping, shard, records, current.failed)
            self._tell(target, words)

    def _tell(self, target: str, words: Props) -> None:
        if (queue := self._sqs._queue_by_arn(target)) is None:
            return
        arn = self._lambda.parse_arn(target)

        def send() -> None:
            self._lambda._request_account_id.set(arn.account_id)
            self._lambda._request_region.set(arn.region)
            self._sqs._act_send_message({"QueueUrl": queue["url"], "MessageBody": json.dumps(words)}, queue["url"])

        contextvars.copy_context().run(send)
