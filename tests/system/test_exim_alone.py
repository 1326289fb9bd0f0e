"""Exim with rebuff's configuration and no engine is stock Exim: schedule, connections, patience."""

from harness import case, exim

MESSAGES = case.scale(100, 1000)


class StockAndAlone(case.unittest.TestCase):
    """The same mail through a stock Exim and through one whose engine is absent."""

    def compare(self, flavour, experiment):
        results = []
        for configuration in ({}, exim.REBUFF):
            class Fixture(case.EximCase):
                staged = True
                queue_interval = None

                def runTest(self):
                    """Only a fixture."""
            Fixture.flavour, Fixture.configuration = flavour, configuration
            try:
                Fixture.setUpClass()
                results.append(experiment(Fixture("runTest")))
            finally:
                Fixture.doClassCleanups()
        self.assertEqual(*results)
        return results[1]

    @staticmethod
    def schedule(fixture):
        """When Exim itself would try again after each kind of deferral, in seconds."""
        for stage in ("banner", "mail", "rcpt", "dot"):
            fixture.remote(f"{stage}.example", **{stage: "451 4.3.0 later"})
            fixture.mta.submit("news@sender.example", f"a@{stage}.example", mode="-odi")
        # The key of a message-scope record ends with the message's id.
        return sorted((key.split(":")[0] + ":" + key.split(":")[1], interval)
                      for key, interval in fixture.mta.hints().items())

    @staticmethod
    def connections(fixture):
        """What a dead host gets: the connections of two queue runs over many messages."""
        server = fixture.remote("dead.example", banner="421 4.3.2 shutting down")
        fixture.mta.submit_many([("news@sender.example", [f"u{n}@dead.example"], None) for n in range(MESSAGES)])
        for _ in range(2):
            fixture.mta.queue_run("-q")
        queue = fixture.mta.queue()
        return server.connections, len(queue), sum(one["frozen"] for one in queue.values()), fixture.mta.paniclog()

    def test_schedule_heavy(self):
        schedule = self.compare("heavy", self.schedule)
        self.assertEqual({interval for _, interval in schedule}, {900})
        self.assertEqual(len(schedule), 4)

    def test_schedule_light(self):
        self.compare("light", self.schedule)

    def test_dead_host_heavy(self):
        connections, queued, frozen, _ = self.compare("heavy", self.connections)
        self.assertEqual((connections, queued, frozen), (1, MESSAGES, 0))

    def test_dead_host_light(self):
        self.compare("light", self.connections)
