"""The desk of every office: what an office does with a return, and who of the desk does it."""

from __future__ import annotations

from reporting.application.acting import Acting
from reporting.application.approving import Approving
from reporting.application.declaring import Declaring
from reporting.application.drafting import Drafting
from reporting.application.in_bulk import InBulk
from reporting.application.remarking import Remarking
from reporting.application.second_entry import SecondEntry
from reporting.application.service import Reporting
from reporting.application.submitting import Submitting
from reporting.application.typed_in import TypedIn


class Desk:
    """Commands on returns of elections with a workflow, each with whoever decides it. Every one is idempotent by its
    command id."""

    def __init__(self, reporting: Reporting) -> None:
        self.reporting = reporting
        acting = Acting(reporting)
        drafting = Drafting(acting)
        submitting = Submitting(acting, drafting)
        approving = Approving(acting, drafting)
        in_bulk = InBulk(acting, drafting, approving)
        register = Declaring(acting)
        remarking = Remarking(acting)
        second = SecondEntry(acting)

        # What stands, and what the rules say of it.
        self.returns = acting.returns
        self.findings = acting.findings
        self.typed = submitting.typed
        self.draft_check = acting.submission.draft_check
        self.shown_draft = drafting.shown_draft
        self.remember_shown = drafting.remember_shown

        # Whose return it is.
        self.save_draft = drafting.save_draft
        self.submit = submitting.submit
        self.save_second_entry = second.save
        self.settle_entry = second.settle
        self.typed_in = TypedIn(acting)
        self.read_out = remarking.read_out
        self.withdraw = submitting.withdraw
        self.answer = approving.answer
        self.declare = register.declare
        self.confirm_discrepancy = register.confirm_discrepancy
        self.close_discrepancy = register.close_discrepancy

        # Whoever looks at it.
        self.looks = approving.looks
        self.approve = approving.approve
        self.send_back = approving.send_back
        self.certify = approving.certify
        self.approve_green = in_bulk.approve_green
        self.certify_green = in_bulk.certify_green
        self.annotate = remarking.annotate
        self.take_back_remark = remarking.take_back
        self.remind, self.remind_all = remarking.remind, remarking.remind_all

        # Decided and not appended: for what makes several of these one command.
        self.submissions = submitting.submissions
        self.approval = approving.approval_or_shown
        self.forget_shown = drafting.forget_shown
        self.origins = acting.submission.origins
        self.traces = acting.registering.traces
