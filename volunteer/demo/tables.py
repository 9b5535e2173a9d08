"""The columns that the story writes, table by table, parents first."""

from models.accounts import Account, Consent, RoleGrant
from models.activities import Activity, Shift
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry, Proposal
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import RegistrationEvent, Volunteer, VolunteerSerial

TABLES = (
    (
        Account,
        "id public_id phone password_hash display_name status text_size contrast locale created_at",
    ),
    (
        Organization,
        (
            "id public_id name kind area_id introduction contact_name contact_phone status "
            "status_reason created_by created_at decided_at"
        ),
    ),
    (RoleGrant, "id public_id account_id role area_id organization_id granted_at"),
    (
        Volunteer,
        (
            "id public_id number account_id relation name document_kind document_cipher document_digest "
            "document_mask gender birth_on phone community_id skills categories status registered_at"
        ),
    ),
    (Consent, "id account_id volunteer_id kind version given_at"),
    (RegistrationEvent, "id volunteer_id kind area_id effective_on reason recorded_at"),
    (
        Activity,
        (
            "id public_id organization_id area_id title category description place contact_name "
            "contact_phone bring requirements minimum_age risk risks insurance gate status "
            "cancel_reason created_by created_at published_at closed_at"
        ),
    ),
    (
        Shift,
        (
            "id public_id activity_id task starts_at ends_at break_minutes capacity taken "
            "allows_walk_in extension_reason status"
        ),
    ),
    (
        Signup,
        "id public_id shift_id volunteer_id account_id status created_at placed_at changes_seen_at",
    ),
    (
        PresenceEvent,
        (
            "id volunteer_id ordinal shift_id direction method happened_at received_at station "
            "recorded_by reason request_key"
        ),
    ),
    (
        Entry,
        (
            "id public_id kind reverses_id volunteer_id shift_id organization_id served_on started_at "
            "ended_at minutes source rules_version derivation reason presence_event_id made_by checked_by made_at"
        ),
    ),
    (
        Proposal,
        (
            "id public_id kind presence_event_id volunteer_id shift_id organization_id served_on started_at ended_at "
            "minutes source state rules_version derivation cause reason evidence made_by made_at checked_by "
            "checked_at answer entry_id"
        ),
    ),
    (CreditedSpan, "entry_id volunteer_id started_at ended_at"),
    (VolunteerSerial, "prefix last"),
)
