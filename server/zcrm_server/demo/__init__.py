"""`zcrm demo`: a session of an assistant with this server, on a freshly seeded demo org, checked against its store.

`play` is what happens, `stage` the processes it happens between, `screen` how it reads, `hosts` how to go on from there.
"""
