"""Where organizers scan volunteers: a device opened for one shift, which also works while there is no network.

Our words: station 扫码台 (one browser at one shift), record 扫码记录 (one coming or going that it sends). We lean on
`checkin`, which decides and keeps presence; what it refuses is kept here for a person to look at.
"""
