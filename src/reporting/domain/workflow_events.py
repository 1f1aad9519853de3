"""Facts about a return's way from a draft to certification, about differences, releases and offices.

As in `events`: field names are stored names; people and words of reason stand with the command, not here.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from reporting.domain.events import Event
from reporting.domain.released import Incomplete, ReleasedBasis, ReleasedChange, ReleasedLot


class _OfReturn(Event):
    election: str
    form: str
    slot: str
    unit: str


class SecondEntrySaved(_OfReturn):
    """What another person typed of a form that two people type, raw, blind to the first. `done`: both see both from here on."""

    type: ClassVar[str] = "SecondEntrySaved"
    cells: dict[str, str]
    done: bool = False


class EntrySettled(_OfReturn):
    """Cells in which two entries differed, as somebody put them who saw both: in the entry that is theirs."""

    type: ClassVar[str] = "EntrySettled"
    cells: dict[str, str]


class SubmissionRefused(_OfReturn):
    """Which findings somebody who may type was shown, and with which figures: so that altering a cell to please a rule
    is no quieter than declaring the difference. Without keys: it has been submitted since."""

    type: ClassVar[str] = "SubmissionRefused"
    version: ClassVar[int] = 2  # 2: path, cells_of
    keys: tuple[str, ...]
    waivable: tuple[str, ...]  # those of them that could have been declared
    figures: dict[str, str]
    path: str = "submission"  # where it was shown: submission, draft, desk, preview, import, approval
    cells_of: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # key of a waivable one → its cells


class Receipt(BaseModel):
    """How figures reached the office that enters them for another: paper, fax, telephone, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    source: str
    received_at: datetime


class CommonBallots(BaseModel):
    """Ballots that fit several choices alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    choices: tuple[str, ...]
    ballots: int


class Divided(BaseModel):
    """What was divided in one contest (按分): whole votes of each choice's own, and the ballots in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    own: dict[str, int]
    common: tuple[CommonBallots, ...]
    exact: bool = False
    reason: str = ""


class DraftSaved(_OfReturn):
    """What somebody typed and has not submitted, raw; an empty text takes a cell out again. Counts nowhere. `divisions`: by
    contest, as they will go with the submission; one without ballots in common takes its contest's out again. None of them is
    `exact`: why fractions are kept is said with the submission."""

    type: ClassVar[str] = "DraftSaved"
    version: ClassVar[int] = 2  # 2: divisions
    cells: dict[str, str]
    divisions: dict[str, Divided] = Field(default_factory=dict)


class ReturnPlace(BaseModel):
    """A return of the same election."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    form: str
    slot: str
    unit: str


class ReturnSubmitted(_OfReturn):
    """The unit's office vouches for the figures. `explanations`: finding key → why a warning is in order; `together`:
    the other returns of a joint correction, submitted by the same command."""

    type: ClassVar[str] = "ReturnSubmitted"
    version: ClassVar[int] = 4  # 2: together; 3: rests_anew; 4: edition
    explanations: dict[str, str] = Field(default_factory=dict)
    method: str = "full"
    places: int | None = None  # of a sample: so many of so many
    of_places: int | None = None
    receipt: Receipt | None = None
    divisions: dict[str, Divided] = Field(default_factory=dict)  # by contest
    together: tuple[ReturnPlace, ...] = ()
    rests_anew: bool = False  # on another count than before: every cell is looked at again
    edition: int | None = None  # of the rules that it passed; None: from before that was noted


class FiguresReceived(_OfReturn):
    """Where figures of the same command came from. `above`: entered, changed or vouched for by an office that is not the
    unit's own, which is told and answers; else by the unit's own, perhaps from a fax. `receipt`: where no
    ReturnSubmitted holds it."""

    type: ClassVar[str] = "FiguresReceived"
    cells: tuple[str, ...]
    above: bool
    receipt: Receipt | None = None


class ReturnApproved(_OfReturn):
    """`figures`: the cells approved and the values they had; folded into the totals of this level."""

    type: ClassVar[str] = "ReturnApproved"
    version: ClassVar[int] = 2  # 2: edition
    level: str
    area: str
    figures: dict[str, str]
    override: bool = False  # approved by who submitted, with a reason
    edition: int | None = None  # as of a submission


class CellsSentBack(_OfReturn):
    """These cells need another look; every other cell keeps what it had."""

    type: ClassVar[str] = "CellsSentBack"
    level: str
    area: str
    cells: tuple[str, ...]
    reason_class: str


class CellsConfirmed(_OfReturn):
    """The owner's answer to cells sent back that were right after all, or to an edit made above (`agrees`)."""

    type: ClassVar[str] = "CellsConfirmed"
    cells: tuple[str, ...]
    agrees: bool


class ReturnCertified(_OfReturn):
    """Final. Later changes are corrections after certification, or annotations that change nothing."""

    type: ClassVar[str] = "ReturnCertified"
    version: ClassVar[int] = 2  # 2: edition
    level: str
    area: str
    override: bool = False  # certified by who submitted, with a reason
    edition: int | None = None  # as of a submission


class ReturnWithdrawn(_OfReturn):
    """Taken back by its owner; the figures stand as not reported from here on."""

    type: ClassVar[str] = "ReturnWithdrawn"


class ReturnAnnotated(_OfReturn):
    """A remark on cells that stay as they are (a ballot found after certification, say)."""

    type: ClassVar[str] = "ReturnAnnotated"
    cells: tuple[str, ...]
    note_class: str


class RemarkPublished(_OfReturn):
    """A remark on cells of a certified return that its office marks public, with the `ReturnAnnotated` of the same command. Its words
    stand with the command, where they can be erased."""

    type: ClassVar[str] = "RemarkPublished"
    cells: tuple[str, ...]
    note_class: str


class RemarkTakenBack(_OfReturn):
    """A public remark that should not have been made, with a `ReturnAnnotated` (class `taken_back`) of the same command, whose words say
    why. `remark`: ledger position of its `RemarkPublished`. Its words are no more the public's; they stand with their command."""

    type: ClassVar[str] = "RemarkTakenBack"
    remark: int


class ReadTogether(_OfReturn):
    """Values read out against the paper, row by row (読み合わせ). `cells`: key → text as it was read, of the draft or submitted.
    `confirms`: position of the reading at which somebody else was there, None: of that reading itself."""

    type: ClassVar[str] = "ReadTogether"
    cells: dict[str, str]
    confirms: int | None = None


class DiscrepancyDeclared(_OfReturn):
    """Figures that do not balance, said openly, or were shown not to and do now (reason class `altered`). `key`: the
    finding; `difference`: canonical text; `shown`: its cells and what they held when it was first shown; `between`: what
    else they were shown with since, in order."""

    type: ClassVar[str] = "DiscrepancyDeclared"
    version: ClassVar[int] = 3  # 2: shown; 3: between
    key: str
    rule: str
    difference: str
    reason_class: str
    shown: dict[str, str] = Field(default_factory=dict)
    between: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class DiscrepancyConfirmed(_OfReturn):
    """A second person stands behind the declaration, before any approval: asked for in the past, never needed now."""

    type: ClassVar[str] = "DiscrepancyConfirmed"
    key: str


class DiscrepancyClosed(_OfReturn):
    """Explained at last; `correction`: position of the event that put it right, if any did; `reason_class`: empty in
    version 1, which did not ask for it."""

    type: ClassVar[str] = "DiscrepancyClosed"
    version: ClassVar[int] = 2  # 2: reason_class
    key: str
    correction: int | None = None
    reason_class: str = ""


class FiguresReleased(_OfReturn):
    """Approved figures of one unit as a release made them public. Only what changed since the release before. `method`: what
    all that is public of the unit rests on from here; None (version 1): what its return rested on at that moment."""

    type: ClassVar[str] = "FiguresReleased"
    version: ClassVar[int] = 2  # 2: method, places, of_places
    release: str
    figures: dict[str, str]
    method: str | None = None
    places: int | None = None  # of a sample: so many
    of_places: int | None = None


class SlotReleased(Event):
    """A slot went public. `number` counts from 1; from 2 on it is a notice of what changed, each change with its kind."""

    type: ClassVar[str] = "SlotReleased"
    version: ClassVar[int] = 5  # 2: kinds, whole, incomplete, layout; 3: single_handed; 4: lots; 5: bases
    election: str
    form: str
    slot: str
    release: str
    number: int
    upto: int  # ledger position its contents stand at
    due: datetime | None
    approved: int
    expected: int
    under_correction: tuple[str, ...]
    units_changed: int  # so many FiguresReleased events follow this one
    changes: tuple[ReleasedChange, ...] = ()
    package: str = ""  # SHA-256 of the package's manifest
    corrections: int = 0  # releases of the slot that corrected something, this one included
    whole: int | None = None  # units whose figures are all the form needs; None: nobody counted (version 1)
    incomplete: tuple[Incomplete, ...] = ()  # the other units with figures
    single_handed: tuple[str, ...] = ()  # units whose figures one person alone typed, submitted and approved
    layout: int = 1  # of the package's files, which are made again byte for byte
    lots: tuple[ReleasedLot, ...] = ()  # every lot that this release or one before made public
    lot_notices: int = 0  # releases after the first that told of a lot, this one included
    bases: tuple[ReleasedBasis, ...] = ()  # units whose figures rest on another count than before


class DistributionMade(Event):
    """A release's files in the open formats were made from it. `distribution`: their id; `manifest`: SHA-256 of the list of them
    (`distribution.json`); `package`: of the signed package they were made from; `formats`: version of the formats."""

    type: ClassVar[str] = "DistributionMade"
    election: str
    form: str
    slot: str
    number: int
    release: str
    distribution: str
    manifest: str
    package: str
    formats: int


class SlotCommandTaken(Event):
    """A command on a whole slot (`kind`: ApproveGreen, CertifyGreen, ReleaseSlot) was taken under its id, whatever came of it. Its
    outcome follows from the log up to position `upto` and from the commands made of it."""

    type: ClassVar[str] = "SlotCommandTaken"
    kind: str
    election: str
    form: str
    slot: str
    upto: int


class LotRecorded(Event):
    """Who won by lot (Public Offices Election Act, art. 95(2)): all of `among` have `votes` in what the top had approved, too
    few seats were left for them, and `winners` fill those. `source_class`: kind of the document that says so; which one
    stands, in words, with the command."""

    type: ClassVar[str] = "LotRecorded"
    version: ClassVar[int] = 2  # 2: without `reference`, the words themselves
    election: str
    form: str
    slot: str
    contest: str
    item: str
    among: tuple[str, ...]
    winners: tuple[str, ...]
    votes: str
    source_class: str


class LotConfirmed(Event):
    """A second person found the record (of ledger position `recorded`) right. `override`: openly and with a reason one who had
    a hand in the votes or the record did, `alone`: its recorder."""

    type: ClassVar[str] = "LotConfirmed"
    version: ClassVar[int] = 2  # 2: override, alone
    election: str
    form: str
    slot: str
    contest: str
    item: str
    recorded: int
    override: bool = False
    alone: bool = False


class NamesProofread(Event):
    """The office whose election it is has compared a contest's names with the register. `definition`: version of the
    election's definition they stood in; `names`: SHA-256 of what is printed of them (code, number, name, party, list, in order)."""

    type: ClassVar[str] = "NamesProofread"
    election: str
    contest: str
    definition: int
    names: str


class ReminderSent(_OfReturn):
    """Somebody was asked to hurry. `kind`: missing, sent_back, awaiting_approval …"""

    type: ClassVar[str] = "ReminderSent"
    kind: str


WORKFLOW_EVENTS: tuple[type[Event], ...] = (
    DraftSaved,
    SecondEntrySaved,
    EntrySettled,
    SubmissionRefused,
    ReturnSubmitted,
    FiguresReceived,
    ReturnApproved,
    CellsSentBack,
    CellsConfirmed,
    ReturnCertified,
    ReturnWithdrawn,
    ReturnAnnotated,
    ReadTogether,
    DiscrepancyDeclared,
    DiscrepancyConfirmed,
    DiscrepancyClosed,
    FiguresReleased,
    SlotReleased,
    SlotCommandTaken,
    LotRecorded,
    LotConfirmed,
    NamesProofread,
    DistributionMade,
    ReminderSent,
    RemarkPublished,
    RemarkTakenBack,
)
