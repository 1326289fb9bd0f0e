"""Each of lua/examples in a real smtpd."""

import re

from examples import Examples
from harness import case, opensmtpd
from harness.engine import Engine
from harness.namespace import wait_until
from smtpd_fixture import start_as_unit


class SmtpdExamples(Examples, case.SmtpdCase):
    staged = True
    configuration = opensmtpd.REBUFF

    @classmethod
    def prepare(cls):
        cls.engine = Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", cls.policy)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(**cls.configuration)
        start_as_unit(cls.mta)

    def attempted(self, sender, recipient, state):
        self.mta.submit(sender, recipient)
        [line] = self.mta.wait_log(rf"mta delivery .* to=<{re.escape(recipient)}> ")
        ident = re.search(r"evpid=(\w+)", line)[1]
        found = wait_until(lambda: self.engine.rows("SELECT * FROM delivery WHERE id = ? AND state = ?", ident, state),
                           what=f"{recipient} in state {state}")
        return found[0]
