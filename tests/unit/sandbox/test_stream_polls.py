"""What becomes of records that a function cannot take."""

from slipway.sandbox.aws.stream_polls import FOR_EVER, Tries, after_failure


def test_a_batch_is_cut_in_two_before_it_counts_as_tried_again():
    """Until one record is left, so that no other is lost with it."""
    assert after_failure(Tries(place=3, size=5), retries=0, cuts=True) == Tries(place=3, size=2)
    assert after_failure(Tries(place=3, size=2), retries=0, cuts=True) == Tries(place=3, size=1)
    assert after_failure(Tries(place=3, size=1), retries=0, cuts=True) is None


def test_a_batch_is_tried_again_as_often_as_its_mapping_says():
    """Whole, where it is not to be cut; then it is given up."""
    tries = Tries(place=0, size=5)
    assert after_failure(tries, retries=2, cuts=False) == Tries(place=0, size=5, failed=1)
    assert after_failure(Tries(place=0, size=5, failed=1), retries=2, cuts=False) is not None
    assert after_failure(Tries(place=0, size=5, failed=2), retries=2, cuts=False) is None


def test_without_a_number_it_is_tried_for_ever():
    """As Lambda does, until its records expire."""
    assert after_failure(Tries(place=0, size=1, failed=999), retries=FOR_EVER, cuts=True) is not None
