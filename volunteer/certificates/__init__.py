"""证明: 志愿服务记录证明, drawn from effective entries by the organization that recorded them.

Rests on hours (entries), organizations (who issues) and volunteers (whom it is for).
Our words: a *line* is one entry as printed; *superseded* says that an entry on it was corrected since;
*revoked* says that the issuer took it back.
An *order* is what somebody wants on a certificate; a *batch* is one order for many, issued one by one by a job;
its *book* is for the printer.
"""
