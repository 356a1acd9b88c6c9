"""Claims of the literature about each option, as data: strategy, measure, and direction of the effect.

A claim compares a strategy with a reference, by default the option alone with the baseline. Sources: FB 2019
Felbab-Brown, FC 2022 Freeman and Casij Pena, GA 2014 Gautreau, KB 2023 Kalmanovitz and Bradley, PC 2023 Prieto-Curiel,
Campedelli and Hope, SU 2020 Sullivan. A claim is disputed where the literature disagrees, or where the sign of its
mechanism is drawn from the priors.
"""

from dataclasses import dataclass
from typing import Any

UP, DOWN, SAME = 1, -1, 0
SOURCES = ("FB 2019", "FC 2022", "GA 2014", "KB 2023", "PC 2023", "SU 2020")


@dataclass(frozen=True)
class Claim:
    """A claim about the direction of an effect."""

    option: str
    says: str
    measure: str
    sign: int
    source: str
    strategy: str = ""  # the option alone, if empty
    reference: str = "baseline"
    disputed: bool = False


# Strategies other than a single option: their options, and values that differ from conf/intervention.
STRATEGIES: dict[str, dict[str, dict[str, Any]]] = {
    "amnesty, collective": {"amnesty": {"kind": "collective"}},
    "alternative_livelihoods without roads": {"alternative_livelihoods": {"access": 0.1}},
    "concentric_handover, recalled": {"concentric_handover": {}, "barracks": {"start": 156}},
    "financial without focus": {"financial": {"focus": 0}},
    "frontal combat": {"kingpin": {}, "reactive_surge": {}, "use_of_force": {}},
    "group_legalisation without inclusion": {"group_legalisation": {"inclusion": 0.2}},
    "humanitarian_access, paid": {"humanitarian_access": {"mode": "paid"}},
    "humanitarian_access, retreat": {"humanitarian_access": {"mode": "retreat"}},
    "incapacitation_increase, prison_reform": {"incapacitation_increase": {}, "prison_reform": {}},
    "legalisation, untaxed": {"legalisation": {"taxed": 0}},
    "middle_layer, coverage 20 %": {"middle_layer": {"coverage": 0.2}},
    "militias, dismantled": {"militias": {"policy": "dismantle"}},
    "militias, regularised": {"militias": {"policy": "regularise"}},
    "national_guard, proactive": {"national_guard": {"mode": "proactive"}},
    "prevention_zones without police": {"prevention_zones": {"growth": 0}},
    "protection_mechanism without funds": {"protection_mechanism": {"funded": 0}},
    "reactive_surge, relapse_watch": {"reactive_surge": {}, "relapse_watch": {}},
    "reactive_surge, use_of_force": {"reactive_surge": {}, "use_of_force": {}},
    "state-building": {"police_reform": {}, "justice_reform": {}},
    "transformative_investment, thin": {
        "transformative_investment": {
            "first": 200, "expansion": 200, "share": 0.05, "growth": 0.001, "police_per_1000": 0.1, "cost": 0.5
        }
    },
    "truce of three": {"truce": {"breadth": 3}},
    "truce, kept": {"truce": {"breakdown": 0}},
}  # fmt: skip

CLAIMS = (
    Claim("alternative_livelihoods", "fewer are recruited", "recruits", DOWN, "FB 2019"),
    Claim("alternative_livelihoods", "crop areas calm down", "homicides in crop areas", DOWN, "FB 2019"),
    Claim(
        "alternative_livelihoods", "without access it prevents less", "recruits", UP, "FB 2019",
        "alternative_livelihoods without roads", "alternative_livelihoods",
    ),
    Claim("amnesty", "individual: members leave", "members at the end", DOWN, "FB 2019"),
    Claim("amnesty", "individual: what they disclose leads to arrests", "arrests, first year", UP, "FB 2019"),
    Claim("amnesty", "collective: more leave", "left crime", UP, "FB 2019", "amnesty, collective", "amnesty"),
    Claim(
        "amnesty", "collective: impunity is a precedent, more are recruited", "recruits", UP, "FB 2019",
        "amnesty, collective", "amnesty",
    ),
    Claim("amnesty", "homicides fall", "homicides", DOWN, "FB 2019", disputed=True),
    Claim("barracks", "deterrence is lost", "homicides", UP, "FB 2019", disputed=True),
    Claim("barracks", "complaints about abuse fall", "complaints", DOWN, "KB 2023"),
    Claim("concentric_handover", "homicides fall", "homicides, last year", DOWN, "FB 2019", disputed=True),
    Claim(
        "concentric_handover", "police that follow hold more than a recall", "homicides, last year", DOWN, "FB 2019",
        "concentric_handover", "concentric_handover, recalled",
    ),
    Claim("concentric_handover", "clashes come first", "killed in clashes, first year", UP, "FB 2019"),
    Claim("eradication", "crop areas become less secure", "homicides in crop areas", UP, "FB 2019"),
    Claim("eradication", "groups gain political capital and recruits", "recruits", UP, "FB 2019"),
    Claim("financial", "groups are hampered", "recruits", DOWN, "FB 2019"),
    Claim(
        "financial", "without round-ups it does little", "members at the end", SAME, "FB 2019",
        "financial without focus",
    ),
    Claim("fuel_theft_crackdown", "it triggers confrontation", "homicides in the corridor, first year", UP, "FB 2019"),
    Claim("fuel_theft_crackdown", "less revenue, fewer recruits", "recruits", DOWN, "FB 2019"),
    Claim("fuel_theft_crackdown", "groups turn to extortion", "extortion", UP, "FB 2019", disputed=True),
    Claim("group_legalisation", "homicides fall", "homicides", DOWN, "FC 2022"),
    Claim("group_legalisation", "members leave crime", "left crime", UP, "FC 2022"),
    Claim(
        "group_legalisation", "fewer leave without social inclusion", "left crime", DOWN, "FC 2022",
        "group_legalisation without inclusion", "group_legalisation",
    ),
    Claim(
        "humanitarian_access", "partners serve more than payment does", "people served", UP, "SU 2020",
        "humanitarian_access", "humanitarian_access, paid",
    ),
    Claim(
        "humanitarian_access", "paid: revenue of groups brings recruits", "recruits", UP, "SU 2020",
        "humanitarian_access, paid",
    ),
    Claim(
        "humanitarian_access", "retreat leaves more without help than payment", "people not served", UP, "SU 2020",
        "humanitarian_access, retreat", "humanitarian_access, paid",
    ),
    Claim("humanitarian_access", "partners: trust grows", "trust at the end", UP, "SU 2020"),
    Claim("humanitarian_access", "those who help are attacked", "attacks", UP, "SU 2020"),
    Claim("incapacitation_increase", "there are fewer members", "members at the end", DOWN, "PC 2023"),
    Claim("incapacitation_increase", "homicides fall", "homicides, last year", DOWN, "PC 2023"),
    Claim("justice_reform", "more of the arrested are convicted", "convictions per arrest", UP, "FB 2019"),
    Claim("justice_reform", "conviction deters: homicides fall", "homicides", DOWN, "FB 2019"),
    Claim("kingpin", "violence is reactivated at once", "homicides, first year", UP, "FB 2019"),
    Claim("kingpin", "violence grows", "homicides", UP, "FB 2019"),
    Claim("kingpin", "groups fragment", "splits", UP, "FB 2019"),
    Claim("leadership_and_middle", "groups do not regenerate", "operators at the end", DOWN, "FB 2019"),
    Claim(
        "leadership_and_middle", "fewer splits than of leaders alone", "splits", DOWN, "FB 2019",
        "leadership_and_middle", "kingpin",
    ),
    Claim(
        "leadership_and_middle", "fewer homicides than of leaders alone", "homicides", DOWN, "FB 2019",
        "leadership_and_middle", "kingpin",
    ),
    Claim("leadership_and_middle", "homicides fall", "homicides, last year", DOWN, "FB 2019"),
    Claim("legalisation", "less revenue, fewer recruits", "recruits", DOWN, "GA 2014"),
    Claim("legalisation", "more is consumed", "consumption", UP, "GA 2014"),
    Claim(
        "legalisation", "where groups tax the legal trade, more are recruited", "recruits", UP, "FB 2019",
        "legalisation", "legalisation, untaxed",
    ),
    Claim("legalisation", "a short spike of violence", "homicides, first half-year", UP, "FB 2019", disputed=True),
    Claim("legalisation", "homicides fall", "homicides, last year", DOWN, "GA 2014", disputed=True),
    Claim("middle_layer", "coverage 80 %: homicides fall", "homicides", DOWN, "FB 2019"),
    Claim(
        "middle_layer", "coverage decides: 80 % does better than 20 %", "homicides", DOWN, "FB 2019",
        "middle_layer", "middle_layer, coverage 20 %",
    ),
    Claim("middle_layer", "nothing shows during intelligence", "homicides, first year", SAME, "FB 2019"),
    Claim("middle_layer", "fewer homicides than of leaders alone", "homicides", DOWN, "FB 2019", reference="kingpin"),
    Claim("militias", "tolerated: fewer join groups", "recruits", DOWN, "FB 2019"),
    Claim("militias", "tolerated: a part turns predatory and fights", "homicides, first year", UP, "KB 2023"),
    Claim(
        "militias", "regularised: fewer homicides than tolerated", "homicides", DOWN, "FB 2019",
        "militias, regularised", "militias",
    ),
    Claim(
        "militias", "dismantled: fewer homicides than tolerated", "homicides", DOWN, "KB 2023",
        "militias, dismantled", "militias", disputed=True,
    ),
    Claim("mobilisation", "trust grows", "trust at the end", UP, "GA 2014"),
    Claim("mobilisation", "more reaches the record", "reporting at the end", UP, "GA 2014"),
    Claim("mobilisation", "activists are attacked", "attacks", UP, "GA 2014"),
    Claim("most_violent_first", "the others fight less", "killed in conflict", DOWN, "FB 2019"),
    Claim("most_violent_first", "homicides fall", "homicides", DOWN, "FB 2019"),
    Claim(
        "most_violent_first", "fewer homicides than of leaders alone", "homicides", DOWN, "FB 2019", reference="kingpin"
    ),
    Claim("national_guard", "homicides fall", "homicides", DOWN, "FB 2019", disputed=True),
    Claim(
        "national_guard", "proactive patrols do better than garrisons", "homicides", DOWN, "FB 2019",
        "national_guard, proactive", "national_guard", disputed=True,
    ),
    Claim("national_guard", "more forces, more complaints", "complaints", UP, "KB 2023"),
    Claim("pact", "homicides fall", "homicides, first year", DOWN, "GA 2014"),
    Claim("pact", "fewer are arrested", "arrests", DOWN, "GA 2014"),
    Claim("pact", "groups grow", "members at the end", UP, "GA 2014"),
    Claim("pact", "impunity rises", "convictions per arrest", DOWN, "GA 2014"),
    Claim("pact", "criminal control grows as police decay", "criminal control at the end", UP, "GA 2014"),
    Claim("police_reform", "homicides fall", "homicides, last year", DOWN, "FB 2019", disputed=True),
    Claim("police_reform", "slow: the last year shows more than the first", "last year to first", DOWN, "FB 2019"),
    Claim("police_reform", "criminal control shrinks", "criminal control at the end", DOWN, "FB 2019"),
    Claim("prevention_zones", "fewer are recruited", "recruits", DOWN, "FB 2019"),
    Claim("prevention_zones", "zones calm down", "homicides in the most violent places", DOWN, "FB 2019"),
    Claim(
        "prevention_zones", "with local police it does better than alone", "homicides in the most violent places", DOWN,
        "FB 2019", "prevention_zones", "prevention_zones without police", disputed=True,
    ),
    Claim("prison_reform", "prisons recruit less", "recruits", DOWN, "FB 2019"),
    Claim(
        "prison_reform", "mass arrests then feed groups less", "recruits", DOWN, "FB 2019",
        "incapacitation_increase, prison_reform", "incapacitation_increase",
    ),
    Claim("protection_mechanism", "more reaches the record", "reporting at the end", UP, "GA 2014"),
    Claim("protection_mechanism", "impunity falls", "convictions per arrest", UP, "GA 2014"),
    Claim(
        "protection_mechanism", "unfunded it does nothing", "reporting at the end", SAME, "GA 2014",
        "protection_mechanism without funds",
    ),
    Claim("reactive_surge", "forces that arrive clash", "killed in clashes", UP, "FB 2019"),
    Claim("reactive_surge", "more complaints about abuse", "complaints", UP, "GA 2014"),
    Claim("reactive_surge", "violence moves elsewhere", "homicides in other places, first year", UP, "FB 2019"),
    Claim("reactive_surge", "nothing is left after it", "homicides, last year", SAME, "FB 2019"),
    Claim("reactive_surge", "homicides fall where it is sent", "homicides in the most violent places, first year", DOWN,
          "FB 2019", disputed=True),
    Claim("recruitment_reduction", "there are fewer members", "members at the end", DOWN, "PC 2023"),
    Claim("recruitment_reduction", "homicides fall", "homicides", DOWN, "PC 2023"),
    Claim(
        "recruitment_reduction", "it does more than doubled arrests", "homicides, last year", DOWN, "PC 2023",
        "recruitment_reduction", "incapacitation_increase",
    ),
    Claim(
        "relapse_watch", "homicides fall where a surge went before", "homicides", DOWN, "FB 2019",
        "reactive_surge, relapse_watch", "reactive_surge", disputed=True,
    ),
    Claim(
        "relapse_watch", "what a surge gained is kept", "homicides, last year", DOWN, "FB 2019",
        "reactive_surge, relapse_watch", "reactive_surge", disputed=True,
    ),
    Claim("transformative_investment", "fewer are recruited", "recruits", DOWN, "FB 2019"),
    Claim(
        "transformative_investment", "the places calm down", "homicides in the most violent places", DOWN, "FB 2019"
    ),
    Claim(
        "transformative_investment", "concentrated does better than thin", "homicides", DOWN, "FB 2019",
        "transformative_investment", "transformative_investment, thin",
    ),
    Claim("truce", "homicides fall while it holds", "homicides, first year", DOWN, "FC 2022"),
    Claim("truce", "outsiders break it: shorter if of three", "agreement", DOWN, "FC 2022", "truce of three", "truce"),
    Claim("truce", "its end brings a rebound", "homicides, half-year after a truce", UP, "FB 2019", "truce, kept"),
    Claim("truce", "signatories grow stronger", "members at the end", UP, "FC 2022"),
    Claim(
        "use_of_force", "clashes kill more", "killed in clashes", UP, "KB 2023",
        "reactive_surge, use_of_force", "reactive_surge",
    ),
    Claim("use_of_force", "more complaints about abuse", "complaints", UP, "KB 2023"),
    Claim("use_of_force", "trust falls", "trust at the end", DOWN, "KB 2023"),
    Claim(
        "use_of_force", "more are displaced", "displaced at the end", UP, "KB 2023",
        "reactive_surge, use_of_force", "reactive_surge",
    ),
    Claim("victims_support", "trust recovers", "trust at the end", UP, "GA 2014"),
    Claim("victims_support", "nothing shows until it is approved and funded", "trust after a year", SAME, "KB 2023"),
)  # fmt: skip

# Costs of each approach to dealing with groups.
ORDINAL = (
    Claim("pact", "tolerance costs corruption", "convictions per arrest", DOWN, "GA 2014"),
    Claim("pact", "tolerance costs control", "criminal control at the end", UP, "GA 2014"),
    Claim("kingpin", "frontal combat costs violence", "homicides, first year", UP, "GA 2014", "frontal combat"),
    Claim("kingpin", "frontal combat costs trust", "trust after a year", DOWN, "GA 2014", "frontal combat"),
    Claim("police_reform", "state-building costs time", "weeks to a visible result", UP, "GA 2014", "state-building",
          "pact"),
    Claim("legalisation", "an end of prohibition costs consumption", "consumption", UP, "GA 2014"),
)  # fmt: skip


def parts(strategy: str) -> dict[str, dict[str, Any]]:
    """Options of a strategy, with values that differ from the presets."""
    return {"baseline": {}, **STRATEGIES}.get(strategy, {strategy: {}})
