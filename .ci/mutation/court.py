"""Which tests judge a mutant, and in which order. Knows nothing of programs and folders."""
import collections

from weave import name_of


class Court:
    """What is known of tests and mutants, and what was judged so far."""

    def __init__(self, tests, mutants, verdicts, patience):
        self.tests, self.mutants, self.verdicts, self.patience = tests, mutants, verdicts, patience
        self.reaches = {name: set(test["reaches"]) for name, test in tests.items()}
        self.reached_by = collections.Counter(number for numbers in self.reaches.values() for number in numbers)
        self.kills = collections.Counter()
        for mutant in mutants:
            self.learn(mutant, self.known(mutant).get("by"))

    def known(self, mutant):
        return self.verdicts.get(str(mutant["number"]), {})

    def learn(self, mutant, killer):
        if killer:
            self.kills[name_of(mutant), killer] += 1
            self.kills[mutant["file"], theme_of(killer)] += 1

    def note(self, mutant, verdict, killer, names):
        self.learn(mutant, killer)
        asked = self.known(mutant).get("asked", []) + names
        self.verdicts[str(mutant["number"])] = {"verdict": verdict, "by": killer, "name": mutant["name"], "asked": asked}

    def trusted(self, mutant):
        """Tests that have caught others of the function."""
        return {name for name in self.tests if self.kills[name_of(mutant), name]}

    def open_mutants(self):
        """Those that nobody has judged, and those missed so far that somebody reaches who was not asked."""
        for mutant in self.mutants:
            verdict = self.known(mutant).get("verdict")
            if not verdict or verdict == "missed" and any(self.open_tests(mutant)):
                yield mutant

    def open_tests(self, mutant):
        """Those that reach it and were not asked yet, as many as there is patience for: unit tests, and then stories, the
        likeliest first. Likely is what caught others of the function, what has the theme of those that caught others of the
        file, and what goes into the rare corners of both, each corner in turn."""
        asked = set(self.known(mutant).get("asked", []))
        rest = {name for name in self.tests if mutant["number"] in self.reaches[name] and name not in asked}
        yield from sorted(name for name in rest if not name.startswith("stories"))
        rest, left = {name for name in rest if name.startswith("stories")}, self.patience
        weights = {m["number"]: (1 if name_of(m) == name_of(mutant) else 0.1) / max(1, self.reached_by[m["number"]])
                   for m in self.mutants if m["file"] == mutant["file"]}
        corners = {name: weights.keys() & self.reaches[name] for name in rest}

        def worth(name):
            known = 1 + self.kills[name_of(mutant), name] + 0.1 * self.kills[mutant["file"], theme_of(name)]
            return sum(weights[corner] for corner in corners[name]) * known / (0.3 + self.tests[name]["seconds"])

        while rest and left > 0:
            best = max(rest, key=worth)
            yield best
            rest.remove(best)
            left -= self.tests[best]["seconds"]
            for corner in corners[best]:
                weights[corner] /= 2


def theme_of(test):
    return test.split(" ")[1].split("::")[0]
