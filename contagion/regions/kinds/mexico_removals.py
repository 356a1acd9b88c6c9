"""Leaders and lieutenants of Mexico's groups who were captured or killed, 2008 to 2016."""

import pandas as pd

from contagion._util.resources import folder

# Organisations of the table and the actors of OCVED 2.0 that stand for them. OCVED counts the Knights Templar among La
# Familia; they broke away in 2011 and fought it, so they have no group here.
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
    """One a row, by date: date, code (municipality), actor (as in OCVED, None for none), outcome, level.

    `outcome` is captured or killed, `level` leader or lieutenant; the death announced falsely is left out.
    """
    path = folder("geodata") / "mexico" / "removals.csv"
    table = pd.read_csv(path, comment="#", dtype={"cvegeo": str}, parse_dates=["date"])
    table = table.loc[table["outcome"] != "reported killed"].sort_values("date").rename(columns={"cvegeo": "code"})
    actor = [ACTORS.get(organisation) for organisation in table["org"]]
    return table.assign(actor=actor).loc[:, ["date", "code", "actor", "outcome", "level"]].reset_index(drop=True)
