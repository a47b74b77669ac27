"""The dictionary of labels: number to label and back, and no number with two meanings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from peelian.core.errors import InvalidError, MissingError
from peelian.model.label import Label, combine_labels


class LabelDictionary(Mapping[int, Label]):
    """Labels by number. Rows carry the number; rules see the label.

    Parameters
    ----------
    labels : iterable of Label
        What is known already.
    """

    def __init__(self, labels: Iterable[Label] = ()) -> None:
        self._labels: dict[int, Label] = {}
        for label in labels:
            self.add(label)

    def add(self, label: Label) -> int:
        """Take in a label and return its number; taking in the same one again changes nothing.

        Raises
        ------
        InvalidError
            ``label-collision`` when another label has the same number.
        """
        return self.restore(label.label_id, label)

    def restore(self, label_id: int, label: Label) -> int:
        """Take in a label under the number a store says it has.

        Raises
        ------
        InvalidError
            ``label-collision`` when the number is another label's; ``label-misnumbered`` when it is not this one's.
        """
        if label.label_id != label_id:
            raise InvalidError(
                "label-misnumbered",
                "A label stands under a number that is not its own.",
                why="Numbers are derived from what a label says; rows under this one would be judged by other rules.",
                do="Restore the desk database from a backup, or rebuild the labels from the sources.",
                facts={"label_id": label_id},
            )
        if self._labels.setdefault(label_id, label) != label:
            raise InvalidError(
                "label-collision",
                "Two different labels have the same number.",
                why="Rows of one would be seen under the rules of the other.",
                do="Change one of the labels, for instance its source's name; numbers follow from what a label says.",
                facts={"label_id": label_id},
            )
        return label_id

    def combine(self, label_ids: Iterable[int]) -> Label | None:
        """Combine labels by number; None when no purpose is common to all.

        Raises
        ------
        MissingError
            ``label-unknown`` when a number is not in the dictionary.
        """
        return combine_labels(self.get_known(i) for i in label_ids)

    def get_known(self, label_id: int) -> Label:
        """Return the label with a number, or raise ``label-unknown``: an unknown label is never a free one."""
        label = self._labels.get(label_id)
        if label is None:
            raise MissingError(
                "label-unknown",
                "Rows carry a label that the dictionary does not know.",
                why="What is not known may not be shown.",
                do="Restore the desk database, or take the source in again.",
                facts={"label_id": label_id},
            )
        return label

    def __getitem__(self, label_id: int) -> Label:
        return self._labels[label_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)
