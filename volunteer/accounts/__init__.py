"""Those who sign in: credentials, sessions, roles with their scopes, consents, and limits on guessing.

Our words: account, session, role grant, consent, attempt. We lean on areas, for which roles are granted.
"""
