"""A pipeline with a clock of its own: windows of ten seconds, a late element, a timer.

``python streamed.py OUTPUT`` with the runner's options writes a line for each group and for each timer that fired.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.trigger import AccumulationMode, AfterCount, AfterWatermark
from apache_beam.transforms.userstate import CombiningValueStateSpec, TimerSpec, on_timer
from apache_beam.transforms.window import FixedWindows, TimestampedValue
from apache_beam.utils.windowed_value import PaneInfo, PaneInfoTiming

END = TimerSpec("end", TimeDomain.WATERMARK)
SEEN = CombiningValueStateSpec("seen", sum)
END_OF_WINDOW, NUMBER = beam.DoFn.TimerParam(END), beam.DoFn.StateParam(SEEN)


class CountsUntilTheEnd(beam.DoFn):
    """Counts the elements of a key and a window, and hands the number on when the window ends."""

    def process(
        self,
        element: tuple[str, int],
        end=END_OF_WINDOW,
        seen=NUMBER,
        window=beam.DoFn.WindowParam,
    ) -> Iterator[str]:
        seen.add(1)
        # Prism forgets a window's state when its last moment has passed: a timer at the end itself would find none.
        end.set(window.max_timestamp())
        return iter(())

    @on_timer(END)
    def ended(self, key=beam.DoFn.KeyParam, seen=NUMBER, window=beam.DoFn.WindowParam) -> Iterator[str]:
        yield f"timer {int(window.start)} {key} {seen.read()}"


def line_of(group: tuple[str, Iterable[int]], pane=beam.DoFn.PaneInfoParam, window=beam.DoFn.WindowParam) -> str:
    """Its window's start, its key, its numbers and whether it came in time."""
    assert isinstance(pane, PaneInfo)
    key, numbers = group
    return f"group {int(window.start)} {key} {sorted(numbers)} {PaneInfoTiming.to_string(pane.timing)}"


def main() -> None:
    """Four elements in time, and one of the first window when the second has ended."""
    output, *words = sys.argv[1:]
    stream = (
        TestStream()
        .add_elements([TimestampedValue(("a", 1), 1), TimestampedValue(("a", 2), 2)])
        .advance_watermark_to(12)
        .add_elements([TimestampedValue(("a", 13), 13), TimestampedValue(("b", 14), 14)])
        .advance_watermark_to(22)
        .add_elements([TimestampedValue(("a", 3), 3)])
        .advance_watermark_to_infinity()
    )
    with beam.Pipeline(options=PipelineOptions(words, streaming=True)) as pipeline:
        windows = (
            pipeline
            | stream.with_output_types(tuple[str, int])
            | beam.WindowInto(
                FixedWindows(10),
                trigger=AfterWatermark(late=AfterCount(1)),
                accumulation_mode=AccumulationMode.DISCARDING,
                allowed_lateness=100,
            )
        )
        groups = windows | beam.GroupByKey() | beam.Map(line_of)
        timers = windows | beam.ParDo(CountsUntilTheEnd()).with_output_types(str)
        (groups, timers) | beam.Flatten() | beam.ParDo(Appends(output))


class Appends(beam.DoFn):
    """Appends each line to a file: all of it runs in one process of this machine."""

    def __init__(self, output: str) -> None:
        self.output = output

    def process(self, element: str) -> None:
        with Path(self.output).open("a", encoding="utf-8") as out:
            out.write(element + "\n")


if __name__ == "__main__":
    main()
