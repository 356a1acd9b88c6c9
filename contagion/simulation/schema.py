"""The variables of a Dataset of results: name, meaning, unit."""

from dataclasses import dataclass

RUN_TOTAL = "homicides_run_total"  # of every replicate and place; no period has them
BY_STATE = "homicides_by_state"  # of every replicate, summed over the places of a state
VARIABLE = "variable"  # first dimension of the arrays of a part, numbered


@dataclass(frozen=True)
class Variable:
    """How a recorded variable is described."""

    long_name: str
    units: str
    flow: bool = False  # a sum over the weeks of a period, else the value at its end
    share: bool = False  # over places a mean over residents is taken, else the total

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes after the CF conventions."""
        method = "time: sum" if self.flow else "time: point"
        return dict(long_name=self.long_name, units=self.units, cell_methods=method)

    @property
    def attributes_of_total(self) -> dict[str, str]:
        """The same of what is summed, counted or averaged over places."""
        if self.share:
            return self.attributes | dict(long_name=f"{self.long_name}, mean over residents")
        if self.units == "1":
            return self.attributes | dict(long_name=f"{self.long_name}, number of places", units="places")
        return self.attributes | dict(long_name=f"{self.long_name}, total")


PLACE_VARIABLES = {
    "homicides": Variable("Homicides", "persons", flow=True),
    "conflict_homicides": Variable("Expected homicides in conflict between groups", "persons", flow=True),
    "clash_homicides": Variable("Expected homicides in clashes with the state", "persons", flow=True),
    "abuses": Variable("Complaints about abuse by forces", "complaints", flow=True),
    "members": Variable("Rank and file of criminal groups", "persons"),
    "operators": Variable("Operators of criminal groups", "persons"),
    "military": Variable("Military deployed", "persons"),
    "police": Variable("Police deployed", "persons"),
    "capability": Variable("Integrity and capability of police", "1", share=True),
    "deterrence": Variable("Deterrence by the presence of the state", "1", share=True),
    "trust": Variable("Trust in the state", "1", share=True),
    "displaced": Variable("Displaced persons living away", "persons"),
    "controlled": Variable("Residents under criminal control", "persons"),
    "occupied": Variable("Presence of any group", "1"),
    "violent": Variable("Violence above 26 homicides per 100,000 residents and year", "1"),
    "newly_violent": Variable("Violence above 26 homicides per 100,000 residents and year, new since the start", "1"),
    "newly_violent_residents": Variable("Residents of newly violent places", "persons"),
    "reporting": Variable("Share of homicides that reaches the record", "1", share=True),
    "extortion": Variable("Extortion, as weeks of full control with usual revenue", "weeks", flow=True, share=True),
    "served": Variable("Humanitarian access", "person-weeks", flow=True),
    "blocked": Variable("Need without humanitarian access", "person-weeks", flow=True),
    "raids": Variable("Removals of leaders", "removals", flow=True),
    "secured": Variable("Time held by the military of a handover", "weeks", flow=True, share=True),
    "held": Variable("Time held by police after a handover", "weeks", flow=True, share=True),
    "attacks": Variable("Expected attacks on officials, journalists, aid workers and activists", "attacks", flow=True),
}
REPLICATE_VARIABLES = {
    "confrontations": Variable("Clashes with the state", "clashes", flow=True),
    "disappeared": Variable("Expected disappearances", "persons", flow=True),
    "civilians": Variable("Expected civilians killed by the state", "persons", flow=True),
    "wounded": Variable("Wounded in clashes with the state", "persons", flow=True),
    "agreement": Variable("Time for which an agreement with groups holds", "weeks", flow=True),
    "stalled": Variable("Time for which parts of a handover stalled", "weeks", flow=True),
    "relapses": Variable("Relapses of parts of a handover", "relapses", flow=True),
    "consumption": Variable("Drug consumption, weeks at the level of the start", "weeks", flow=True),
    "staff": Variable("Staff of programmes", "person-weeks", flow=True),
    "spending": Variable("Cost beyond the forces of the start", "million dollars", flow=True),
}
GROUP_VARIABLES = {
    "members_of_group": Variable("Rank and file by group", "persons"),
    "operators_of_group": Variable("Operators by group", "persons"),
    "places_of_group": Variable("Places in which a group is present", "1"),
    "integrity": Variable("Leadership integrity", "1"),
    "parent": Variable("Slot of the group that a group split from, -1 for none", "1"),
    "recruits": Variable("Recruits", "persons", flow=True),
    "incapacitated": Variable("Arrested rank and file", "persons", flow=True),
    "captures": Variable("Removals of leaders", "1", flow=True),
    "demobilised": Variable("Members who left crime under a programme", "persons", flow=True),
    "convicted": Variable("Convicted rank and file and operators", "persons", flow=True),
    "killed": Variable("Members killed in conflict", "persons", flow=True),
    "killed_by_state": Variable("Members killed in clashes with the state", "persons", flow=True),
    "dropouts": Variable("Dropouts", "persons", flow=True),
    "known": Variable("Share of operators known at strikes, summed over strikes", "1", flow=True),
    "leaked": Variable("Share of operators that leaks lost before strikes, summed over strikes", "1", flow=True),
    "swept": Variable("Operators arrested in sweeps", "persons", flow=True),
    "relocated": Variable("Rank and file that moved to other places", "persons", flow=True),
    "defected": Variable("Rank and file that went to another group", "persons", flow=True),
    "absorbed": Variable("Rank and file taken in from other groups", "persons", flow=True),
    "entries": Variable("Places in which a group opened", "1", flow=True),
    "splits": Variable("Splits", "1", flow=True),
    "blocked_splits": Variable("Splits that found no free slot", "1", flow=True),
}
