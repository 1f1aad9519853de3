"""Every page, in the order of the menu.

Takes nothing, gives the list of pages to whoever makes routes and the menu.
"""

from __future__ import annotations

from api.console.page import Page
from api.console.pages.approval.page import PAGE as approval
from api.console.pages.approvals.page import PAGE as approvals
from api.console.pages.approvals_file.page import PAGE as approvals_file
from api.console.pages.behalf.page import PAGE as behalf
from api.console.pages.board.page import PAGE as board
from api.console.pages.catalogue.page import PAGE as catalogue
from api.console.pages.catalogue_form.page import PAGE as catalogue_form
from api.console.pages.cited.page import PAGE as cited
from api.console.pages.correction.page import PAGE as correction
from api.console.pages.deliveries.page import PAGE as deliveries
from api.console.pages.differences.page import PAGE as differences
from api.console.pages.divided_units.page import PAGE as divided_units
from api.console.pages.division.page import PAGE as division
from api.console.pages.documents.page import PAGE as documents
from api.console.pages.election.page import PAGE as election
from api.console.pages.entry.page import PAGE as entry
from api.console.pages.files.page import PAGE as files
from api.console.pages.guide.page import PAGE as guide
from api.console.pages.hand_over.page import PAGE as hand_over
from api.console.pages.help.page import PAGE as help_page
from api.console.pages.history.page import PAGE as history
from api.console.pages.home.page import PAGE as home
from api.console.pages.incident.page import PAGE as incident
from api.console.pages.incident_record.page import PAGE as incident_record
from api.console.pages.incidents.page import PAGE as incidents
from api.console.pages.item.page import PAGE as item
from api.console.pages.lineage.page import PAGE as lineage
from api.console.pages.lot.page import PAGE as lot
from api.console.pages.lots.page import PAGE as lots
from api.console.pages.merged_units.page import PAGE as merged_units
from api.console.pages.names.page import PAGE as names
from api.console.pages.names_file.page import PAGE as names_file
from api.console.pages.notice.page import PAGE as notice
from api.console.pages.office.page import PAGE as office
from api.console.pages.office_people.page import PAGE as office_people
from api.console.pages.office_workbook.page import PAGE as office_workbook
from api.console.pages.office_workbook_file.page import PAGE as office_workbook_file
from api.console.pages.offices.page import PAGE as offices
from api.console.pages.open_data.page import PAGE as open_data
from api.console.pages.open_data_of.page import PAGE as open_data_of
from api.console.pages.paper.page import PAGE as paper
from api.console.pages.place.page import PAGE as place
from api.console.pages.places.page import PAGE as places
from api.console.pages.places_board.page import PAGE as places_board
from api.console.pages.practice.page import PAGE as practice
from api.console.pages.printing.page import PAGE as printing
from api.console.pages.proof.page import PAGE as proof
from api.console.pages.proof_of.page import PAGE as proof_of
from api.console.pages.public_incidents.page import PAGE as public_incidents
from api.console.pages.publication.page import PAGE as publication
from api.console.pages.publication_slot.page import PAGE as publication_slot
from api.console.pages.reading.page import PAGE as reading
from api.console.pages.reconciled.page import PAGE as reconciled
from api.console.pages.register.page import PAGE as register
from api.console.pages.rehearsal.page import PAGE as rehearsal
from api.console.pages.rehearsal_paper.page import PAGE as rehearsal_paper
from api.console.pages.remark.page import PAGE as remark
from api.console.pages.results.page import PAGE as results
from api.console.pages.retention.page import PAGE as retention
from api.console.pages.rules.page import PAGE as rules
from api.console.pages.search.page import PAGE as search
from api.console.pages.second.page import PAGE as second
from api.console.pages.series.page import PAGE as series
from api.console.pages.sign_in.page import PAGE as sign_in
from api.console.pages.slot_board.page import PAGE as slot_board
from api.console.pages.together.page import PAGE as together
from api.console.pages.totals.page import PAGE as totals
from api.console.pages.trail.page import PAGE as trail
from api.console.pages.training.page import PAGE as training
from api.console.pages.wall.page import PAGE as wall
from api.console.pages.work.page import PAGE as work
from api.console.pages.workbook.page import PAGE as workbook

PAGES: tuple[Page, ...] = (
    home, search, election, results, open_data, open_data_of, series, cited, lineage, proof, proof_of, reconciled, register, sign_in, office, work, entry,
    second, reading, correction, together, approval, history, board, slot_board, wall, publication, publication_slot,
    totals, trail, division, workbook, behalf, paper, printing, approvals, approvals_file, names, names_file, lots, lot, offices, office_people,
    catalogue, catalogue_form, rules, office_workbook, office_workbook_file, training,
    rehearsal, rehearsal_paper, hand_over, differences, files, notice, places_board, places, place,
    divided_units, merged_units, item, documents, public_incidents, incidents, incident_record, incident, retention, deliveries, practice,
    remark, help_page, guide,
)  # fmt: skip
