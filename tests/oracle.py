"""The deterministic step in plain NumPy, written from the equations alone, to hold the kernel against."""

import numpy as np


def weight_matrix(region) -> np.ndarray:
    """Dense row-standardised W."""
    places = len(region.population)
    dense = np.zeros((places, places))
    for place in range(places):
        for neighbour, weight in zip(region.neighbours[place], region.weights[place], strict=True):
            dense[place, neighbour] += weight
    np.add.at(dense, (region.tail_place, region.tail_neighbour), region.tail_weight)
    return dense


class Oracle:
    """One replicate of the model without noise; `week` advances it under given controls."""

    def __init__(self, region, params):
        self.region = r = region
        self.p = p = {name: float(value) for name, value in vars(params).items()}
        self.w = weight_matrix(region)
        self.s = np.array(r.members, float)  # group, place
        self.o = p["operator_share"] * self.s
        groups, places = self.s.shape
        self.l, self.x = np.ones(groups), np.zeros(groups)
        self.e = np.array(r.homicides, float)
        self.mil, self.pol, self.q = (np.array(v, float) for v in (r.military, r.police, r.capability))
        self.d = self.d0 = self.settled_deterrence()
        self.t = 1 / (1 + self.rate(self.e) / p["trust_half"])
        self.u = np.zeros(places)
        self.recent = self.e.copy()
        local = np.array(
            [
                sum(r.hostility[g, h] * self.s[g, m] * self.s[h, m] for g in range(groups) for h in range(groups))
                for m in range(places)
            ]
        )
        size = self.s.sum(0)
        typical = size[size > 0].mean()
        size = np.where(size > 0, size, typical)
        c = self.s.sum(1)
        law = p["conflict"] * (c @ r.hostility @ c)
        spread = p["retaliation"] * self.e + p["spillover"] * self.w @ self.e
        floor = p["endemic_floor"] * self.e
        contest, room = local / size, np.maximum(self.e - spread - floor, 0)
        low, high = 0.0, 1e9  # bisection for the level at which all places together fight as the law says
        for _ in range(200):
            kappa = (low + high) / 2
            low, high = (kappa, high) if np.minimum(kappa * contest, room).sum() < law else (low, kappa)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.theta = np.where(contest > 0, np.minimum(kappa, room / contest), kappa) / size
        killed = self.losses()
        self.attributed = self.attribute(killed.sum(1))
        self.endemic = np.maximum(self.e - spread - killed.sum(0), floor) / r.population

    def rate(self, homicides):
        return homicides * 52.1775 * 1e5 / self.region.population

    def attribute(self, killings):
        error = self.p["attribution_error"]
        present = self.s.sum(1) > 0
        return (1 - error) * killings + error * killings.sum() * present / present.sum()

    def presence(self):
        return 1000 * (self.mil + self.q * self.pol) / self.region.population

    def settled_deterrence(self):
        return self.presence() / (self.presence() + self.p["presence_half"])

    def losses(self):
        p, r = self.p, self.region
        groups, places = self.s.shape
        killed = np.zeros((groups, places))
        for m in range(places):
            force = [
                self.s[h, m] * np.exp(self.x[h] * (1 + p["strategic_multiplier"] * r.strategic[m]))
                for h in range(groups)
            ]
            for g in range(groups):
                faced = sum(r.hostility[g, h] * force[h] for h in range(groups))
                deterred = np.exp(-p["deterrence_effect"] * (self.d[m] - self.d0[m]))
                hazard = (
                    self.theta[m]
                    * np.exp(self.x[g] * (1 + p["strategic_multiplier"] * r.strategic[m]))
                    * faced
                    * deterred
                )
                killed[g, m] = self.s[g, m] * hazard / (1 + hazard)
        return killed

    def week(self, military=0.0, police=0.0, capability=0.0, withdrawal=0.0, removal=0.0, killing=0.0, sweep=0.0):
        p, r = self.p, self.region
        before = self.settled_deterrence()
        q0 = r.capability
        self.mil = (1 - withdrawal) * np.maximum(r.military + military, 0)
        self.pol = np.maximum(r.police + police, 0)
        self.q = np.clip(self.q + capability * (1 - self.q) - (self.q - q0) / p["capability_weeks"], 0, 1)
        after = self.settled_deterrence()
        self.d = self.d + (after - self.d) / p["deterrence_weeks"] + p["rebound"] * np.minimum(after - before, 0)
        self.d = np.clip(self.d, 0, 1)

        severity = np.broadcast_to(removal, self.l.shape)
        self.l = (1 - severity) * self.l
        total = self.o.sum(1)
        self.l = self.l + p["leadership_recovery"] * (1 - self.l) * total / (total + p["operators_half"])
        a = p["capture_shock"] + killing * (p["killing_shock"] - p["capture_shock"])
        self.x = self.x * (1 - 1 / p["shock_weeks"]) + a * severity + 4 * p["sweep_shock"] * sweep * (1 - sweep)

        x0, usual = p["operator_share_half"], p["operator_share"]
        with np.errstate(invalid="ignore"):
            share = self.o / self.s
            quality = (share / (share + x0)) / (usual / (usual + x0))
        recruits = np.where(self.s > 0, p["recruitment"] * r.vulnerability * quality * self.s, 0)
        self.s = self.s + recruits
        weight = self.s * self.presence()
        arrested = np.minimum(p["incapacitation"] * weight / weight.sum(), self.s)
        self.s = self.s - arrested
        killed = self.losses()
        self.s = self.s - killed
        dropouts = np.minimum(p["saturation"] * self.s.sum(1), 1)[:, None] * self.s
        self.s = self.s - dropouts
        swept = np.broadcast_to(sweep, self.l.shape)[:, None] * self.o
        wanted = np.maximum(usual * self.s - self.o, 0)
        self.o = self.o - swept + p["operator_replacement"] * self.l[:, None] * wanted

        endemic = self.endemic * (r.population - self.u)
        y = endemic + killed.sum(0) + p["retaliation"] * self.e + p["spillover"] * self.w @ self.e
        self.e = self.e + (y - self.e) / p["retaliation_weeks"]
        self.t = self.t + (1 / (1 + self.rate(self.e) / p["trust_half"]) - self.t) / p["trust_weeks"]
        self.u = np.minimum(self.u * (1 - 1 / p["return_weeks"]) + p["displacement"] * killed.sum(0), r.population)
        self.recent = self.recent + (y - self.recent) / p["recording_weeks"]
        self.attributed = self.attributed + (self.attribute(killed.sum(1)) - self.attributed) / p["recording_weeks"]
        return dict(
            homicides=y,
            conflict_homicides=killed.sum(0),
            recruits=recruits.sum(1),
            incapacitated=arrested.sum(1),
            convicted=(1 - p["impunity"]) * arrested.sum(1),
            killed=killed.sum(1),
            dropouts=dropouts.sum(1),
            swept=swept.sum(1),
        )
