from . import drivers
from ._targeting import hottest, rank
from .alternative_livelihoods import AlternativeLivelihoods
from .amnesty import Amnesty
from .barracks import Barracks
from .concentric_handover import ConcentricHandover
from .eradication import Eradication
from .financial import Financial
from .fuel_theft_crackdown import FuelTheftCrackdown
from .group_legalisation import GroupLegalisation
from .humanitarian_access import HumanitarianAccess
from .incapacitation_increase import IncapacitationIncrease
from .justice_reform import JusticeReform
from .kingpin import Kingpin
from .leadership_and_middle import LeadershipAndMiddle
from .legalisation import Legalisation
from .middle_layer import MiddleLayer
from .militias import Militias
from .mobilisation import Mobilisation
from .most_violent_first import MostViolentFirst
from .national_guard import NationalGuard
from .option import Number, Option
from .pact import Pact
from .police_reform import PoliceReform
from .prevention_zones import PreventionZones
from .prison_reform import PrisonReform
from .protection_mechanism import ProtectionMechanism
from .reactive_surge import ReactiveSurge
from .recruitment_reduction import RecruitmentReduction
from .registry import build_intervention, intervention_names, load_driver, load_intervention, table
from .relapse_watch import RelapseWatch
from .transformative_investment import TransformativeInvestment
from .truce import Truce
from .use_of_force import UseOfForce
from .victims_support import VictimsSupport

__all__ = [
    "AlternativeLivelihoods",
    "Amnesty",
    "Barracks",
    "ConcentricHandover",
    "Eradication",
    "Financial",
    "FuelTheftCrackdown",
    "GroupLegalisation",
    "HumanitarianAccess",
    "IncapacitationIncrease",
    "JusticeReform",
    "Kingpin",
    "LeadershipAndMiddle",
    "Legalisation",
    "MiddleLayer",
    "Militias",
    "Mobilisation",
    "MostViolentFirst",
    "NationalGuard",
    "Number",
    "Option",
    "Pact",
    "PoliceReform",
    "PreventionZones",
    "PrisonReform",
    "ProtectionMechanism",
    "ReactiveSurge",
    "RecruitmentReduction",
    "RelapseWatch",
    "TransformativeInvestment",
    "Truce",
    "UseOfForce",
    "VictimsSupport",
    "build_intervention",
    "drivers",
    "hottest",
    "intervention_names",
    "load_driver",
    "load_intervention",
    "rank",
    "table",
]
