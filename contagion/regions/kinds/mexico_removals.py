"""Leaders and lieutenants of criminal groups in Mexico captured or killed, 2008 to 2016."""

import pandas as pd

from contagion._util.resources import folder

# Organisations of the table and the corresponding actors of OCVED 2.0. OCVED counts the Knights Templar as part of La
# Familia; they split off in 2011 and fought it, so they have no group here.
ACTORS = {
    "Beltran Leyva": "Beltran Leyva",
    "Beltran Leyva (Barbie faction)": "La Barbie",
    "CJNG": "Cartel de Jalisco Nueva Generacion",
    "Gulf": "Cartel del Golfo",
    "Juarez": "Cartel de Juarez",
    "La Familia": "La Familia Michoacana",
    "Sinaloa": "Cartel de Sinaloa",
    "Tijuana": "Cartel de Tijuana",
    "Tijuana (Teo faction)": "Cartel de Tijuana",
    "Zetas": "Los Zetas",
    "Zetas (Taliban faction)": "Los Zetas",
}


def removals() -> pd.DataFrame:
    """Removals sorted by date: date, code (municipality), actor (as in OCVED, or None), outcome, level.

    `outcome` is captured or killed, `level` is leader or lieutenant; a falsely announced death is excluded.
    """
    path = folder("geodata") / "mexico" / "removals.csv"
    table = pd.read_csv(path, comment="#", dtype={"cvegeo": str}, parse_dates=["date"])
    table = table.loc[table["outcome"] != "reported killed"].sort_values("date").rename(columns={"cvegeo": "code"})
    actor = [ACTORS.get(organisation) for organisation in table["org"]]
    return table.assign(actor=actor).loc[:, ["date", "code", "actor", "outcome", "level"]].reset_index(drop=True)
