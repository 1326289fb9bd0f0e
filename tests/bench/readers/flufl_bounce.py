"""flufl.bounce over the messages of a directory, from memory, for some seconds of processor time.

Prints: messages a second, messages in which it names somebody, messages.
"""
import email
import glob
import sys
import time

from flufl.bounce import all_failures

seconds, folder = float(sys.argv[1]), sys.argv[2]
messages = []
for path in sorted(glob.glob(f"{folder}/*.eml")):
    with open(path, "rb") as f:
        messages.append(f.read())


def one(text):
    """Who is said to have failed, for now or for ever."""
    try:
        temporary, permanent = all_failures(email.message_from_bytes(text))
    except Exception:       # pylint: disable=broad-except     (what it cannot read is read as nothing)
        return False
    return bool(temporary or permanent)


named = sum(map(one, messages))
done, start = 0, time.process_time()
while time.process_time() - start < seconds:
    for message in messages:
        one(message)
    done += len(messages)
print(f"{done / (time.process_time() - start):.1f} {named} {len(messages)}")
