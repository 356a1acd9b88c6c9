"""The deterministic step in plain NumPy, written from the equations alone, to hold the kernel against."""

import numpy as np


def weight_matrix(region, padded, tail) -> np.ndarray:
    """Dense matrix of weights between places."""
    places = len(region.population)
    dense = np.zeros((places, places))
    for place in range(places):
        for neighbour, weight in zip(region.neighbours[place], padded[place], strict=True):
            dense[place, neighbour] += weight
    np.add.at(dense, (region.tail_place, region.tail_neighbour), tail)
    return dense


class Oracle:
    """One replicate of the model without noise; `week` advances it under given controls."""

    def __init__(self, region, params):
        self.region = r = region
        self.p = p = {name: float(value) for name, value in vars(params).items()}
        self.w = weight_matrix(region, region.weights, region.tail_weight)
        self.k = weight_matrix(region, region.closeness, region.tail_closeness)
        met = self.w * r.population[:, None]  # residents of one place in contact with another, as its neighbours allow
        shares = np.minimum(met, met.T) / r.population
        self.arrives = shares + np.diag(1 - shares.sum(0))
        self.s = np.array(r.members, float)  # group, place
        self.o = p["operator_share"] * self.s
        groups, places = self.s.shape
        self.l, self.x, self.y = np.ones(groups), np.zeros(groups), np.zeros(places)
        self.v = self.renewed = np.zeros(groups)
        self.h = np.array(r.hostility, float)
        self.founders, self.able = self.s.sum(1) > 0, np.ones(groups)
        self.weeks, self.new_troops = 0, np.zeros(places)
        self.e = np.array(r.homicides, float)
        self.mil, self.pol, self.q = (np.array(v, float) for v in (r.military, r.police, r.capability))
        self.d = self.d0 = self.settled_deterrence()
        self.t = self.settled_trust(self.abuse(0.0))
        self.u = np.zeros(places)
        self.recent = self.e.copy()
        size = self.s.sum(0)
        typical = size[size > 0].mean()
        c = self.s.sum(1)
        law = p["conflict"] * (c @ r.hostility @ c)
        spread = self.contagion()
        floor = p["endemic_floor"] * self.e
        first = np.maximum(self.e - spread, 0)
        free, wanted = np.maximum(first - floor, 0), self.faced(self.h, c) * c.sum()
        fought = (self.s * wanted).sum(0)
        share = p["conflict_share"] if r.rivalry is None else r.rivalry
        rivalry = np.where(fought > 0, np.minimum(share * first, 0.9 * free), 0)
        self.per_casualty = max(rivalry.sum() / law, 1)
        self.room = free / self.per_casualty / np.where(size > 0, size, typical) / c.sum()
        low, high = (
            0.0,
            100 * law / (self.s * wanted).sum(),
        )  # bisection for the contact at which all fight as the law says
        for _ in range(200):
            middle = (low + high) / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                usually = np.nan_to_num((self.s * wanted).sum(0) / size) / (self.room * c.sum())
            self.theta = middle / (1 + middle * usually)
            lost = np.minimum(self.theta * wanted, self.room * c.sum())
            low, high = (middle, high) if (self.s * lost).sum() < law else (low, middle)
        if r.rivalry is not None:
            least, most = 0 * fought, 100 * np.divide(rivalry, fought, out=np.ones_like(fought), where=fought > 0)
            for _ in range(200):  # in each place, as there
                middle = (least + most) / 2
                lost = self.per_casualty * (self.s * np.minimum(middle * wanted, self.room * c.sum())).sum(0)
                least, most = np.where(lost < rivalry, middle, least), np.where(lost < rivalry, most, middle)
            self.theta = np.where(fought > 0, middle, law / (self.s * wanted).sum())
        self.support, self.crowding, self.deterred = np.zeros(places), 1.0, 1.0
        self.held0 = self.held()
        killed = self.losses(self.h, c)
        self.attributed = self.attribute(killed.sum(1))
        fought = self.per_casualty * killed.sum(0)
        self.endemic = np.maximum(self.e - spread - fought, floor) / r.population

    def contagion(self):
        p = self.p
        return p["contagion_channel"] * (p["retaliation"] * self.e + p["spillover"] * self.arrives @ self.e)

    def amplified(self, m):
        strategic = 1 + self.p["strategic_multiplier"] * self.region.strategic[m]
        return self.able * np.exp(np.minimum(self.x * strategic, 10))

    def held(self):
        """Share of each place under criminal control."""
        armed = self.armed()
        return armed / (armed + self.p["control_half"] * (self.mil + self.q * self.pol))

    def raided(self, site, raid, ground):
        """Expected severity of removals in each place: raids happen where members are, or residents of the ground."""
        there = np.broadcast_to(ground, self.e.shape) * self.s
        people = np.broadcast_to(ground, self.e.shape) * self.region.population
        there = np.where(there.sum(1, keepdims=True) > 0, there, people)
        return np.maximum(site, np.broadcast_to(raid, self.l.shape) @ (there / there.sum(1, keepdims=True)))

    def armed(self):
        return (self.able[:, None] * self.s + self.o).sum(0)

    def faced(self, hostility, c):
        """Hostility of the rivals that a member of each group meets in each place."""
        b, faced, abroad = self.p["mixing"], np.zeros(self.s.shape), self.able * np.exp(np.minimum(self.x, 10))
        for m, size in enumerate(self.s.sum(0)):
            for g in range(len(c)):
                for h in range(len(c)):
                    near = self.s[h, m] * self.amplified(m)[h] / size if size > 0 else 0
                    faced[g, m] += hostility[g, h] * ((1 - b) * near + b * c[h] / c.sum() * abroad[h])
        return faced

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

    def settled_trust(self, abuses):
        return 1 / (1 + self.rate(self.e) / self.p["trust_half"] + self.rate(abuses) / self.p["abuse_half"])

    def abuse(self, force):
        licence = 1 + force * (self.p["hostilities_abuse"] - 1)
        return self.p["abuses"] * licence * (self.mil + (1 - self.q) * self.pol)

    def losses(self, hostility, c):
        p, everyone = self.p, c.sum()
        killed, faced = np.zeros(self.s.shape), self.faced(hostility, c)
        for m, size in enumerate(self.s.sum(0)):
            local = self.deterred * np.exp(self.y[m] - p["deterrence_effect"] * (self.d[m] - self.d0[m]))
            if size > 0:
                own = self.amplified(m)
                wanted = self.theta[m] * everyone * own * faced[:, m] * local
                most = self.room[m] * everyone * own * (self.s[:, m] @ own) / size * local
                hazard = np.minimum(wanted, most)
                killed[:, m] = self.s[:, m] * hazard / (1 + hazard)
        return killed

    def split(self):
        """Expected shares of founders flow to the slots that are free at the start."""
        p = self.p
        total, headless = self.s.sum(1), (1 - self.l) * self.o.sum(1) / (self.o.sum(1) + p["split_operators_half"])
        chance = 1 - np.exp(-1.0 * (total >= 1) * (p["split_hazard"] + p["split_hazard_headless"] * headless))
        chance = chance * self.founders
        usual = p["split_share"] * total[self.founders].mean()
        room = np.where(self.founders, 0, np.clip(1 - total / max(usual, 1), 0, 1))
        splits, blocked = room.max() * chance, (1 - room.max()) * chance
        if room.max() == 0:
            return splits, blocked
        share = room / room.sum()
        gone = (splits * p["split_share"])[:, None] * self.s
        gone_operators = (splits * p["split_share"])[:, None] * self.o
        joined = gone.sum(1)
        new = share * joined.sum() / np.maximum(total + share * joined.sum(), 1)
        origin = joined / max(joined.sum(), 1e-30)
        self.s = self.s - gone + share[:, None] * gone.sum(0)
        self.o = self.o - gone_operators + share[:, None] * gone_operators.sum(0)
        self.l = self.l + new * (1 - self.l)
        self.x = self.x + new * (origin @ self.x - self.x)
        hostility = self.h.copy()
        for f in range(len(new)):
            for k in range(len(new)):
                row = origin @ self.h[:, k] + origin[k] * p["split_hostility"]
                column = self.h[f] @ origin + origin[f] * p["split_hostility"]
                hostility[f, k] += new[f] * (row - self.h[f, k]) + new[k] * (column - self.h[f, k])
        np.fill_diagonal(hostility, 0)
        self.h = hostility
        return splits, blocked

    def clash(self, force, restrained):
        """Dead in clashes with military who are new, or patrol later, and seek confrontation: group, place."""
        p = self.p
        later = p["patrol_clashes"] * np.maximum(self.mil - self.new_troops - self.region.military, 0)
        seeking = 1 - np.clip(restrained / np.maximum(self.mil, 1), 0, 1)
        wanted = p["clashes"] * (1 + force * (p["hostilities_lethality"] - 1)) * (self.new_troops + later) * seeking
        wanted = wanted * self.held()
        total = self.s.sum(0)
        z = np.where(total > 0, wanted / np.where(total > 0, total, 1), 0)
        return self.s * z / (1 + z)

    def move(self):
        """Expected relocation of cells under pressure, then expected new entry."""
        p, r, k = self.p, self.region, self.k
        groups, places = self.s.shape
        against = np.einsum("gh,hm->gm", self.h, self.s) + p["hold"]
        weakness = against / (against + self.s)
        market = r.population / (r.population + p["market_half"])
        hazard = p["relocation"] * (1 - market) * weakness**2 + p["flight"] * np.maximum(self.d - self.d0, 0)
        leaves = (1 - np.exp(-4 * p["relocation_channel"] * hazard)) * (self.s > 0)
        score = market * np.exp(-p["force_aversion"] * self.d - p["rival_aversion"] * weakness)
        relocated = (leaves * self.s).sum(1)
        for cells in (self.s, self.o):
            leaving = leaves * cells
            cells -= leaving
            for g in range(groups):
                for m in range(places):
                    where = k[m] * score[g]
                    cells[g] += leaving[g, m] * where / where.sum()

        here = (self.s >= p["foothold"]).astype(float)
        reach = k.sum(1)
        near = here @ k.T / reach
        total = self.s.sum(0)
        weak = p["entry_weakness"] * (1 - self.l) + p["entry_vacuum"] * (1 - self.command)
        weak = weak @ self.s / np.where(total > 0, total, 1)
        hazard = p["entry_channel"] * p["entry"] * market * (1 + weak) * near * (1 - here)
        opens = 1 - np.exp(-4 * hazard)
        for cells in (self.s, self.o):
            # From place n to place m: the share of n times the weight of m in the neighbourhood of n.
            flows = p["entry_share"] * cells[:, :, None] * (k / reach[:, None])[None] * opens[:, None, :]
            cells += flows.sum(1) - flows.sum(2)
        return relocated, opens.sum(1)

    def absorb(self):
        """Members of disabled groups join the others in their place, by how many of them are led."""
        leaving = (1 - np.exp(-4 * self.p["absorption"] * (1 - self.command)))[:, None] * self.s
        led, joined = self.command[:, None] * self.s, np.zeros_like(self.s)
        for g in range(len(leaving)):
            others = np.where(np.arange(len(led))[:, None] == g, 0, led)
            total = others.sum(0)
            leaving[g] *= total >= 1e-6
            joined += leaving[g] * others / np.maximum(total, 1e-6)
        self.s = self.s - leaving + joined
        return leaving.sum(1), joined.sum(1)

    def week(
        self,
        military=0.0,
        restrained=0.0,
        police=0.0,
        capability=0.0,
        vetting=0.0,
        withdrawal=0.0,
        force=0.0,
        removal=0.0,
        killing=0.0,
        site=0.0,
        raid=0.0,
        ground=1.0,
        sweep=0.0,
        hostility=1.0,
        recruitment=1.0,
        incapacitation=1.0,
        targeting=1.0,
        fighting=1.0,
        revenue=1.0,
        income=1.0,
        impunity=1.0,
        custody=0.0,
        departure=0.0,
        support=0.0,
        exposed=0.0,
        staff=0.0,
        spending=0.0,
    ):
        p, r = self.p, self.region
        troops = self.mil
        before = self.settled_deterrence()
        q0 = r.capability
        self.mil = (1 - withdrawal) * np.maximum(r.military + military, 0)
        self.new_troops = self.new_troops * (1 - 1 / p["clash_weeks"]) + np.maximum(self.mil - troops, 0)
        self.pol = np.maximum(r.police + police, 0)
        growth = capability * ((1 - self.q) if capability > 0 else self.q)
        self.q = np.clip(self.q + growth - (self.q - q0) / p["capability_weeks"], 0, 1)
        after = self.settled_deterrence()
        self.d = self.d + (after - self.d) / p["deterrence_weeks"] + p["rebound"] * np.minimum(after - before, 0)
        self.d = np.clip(self.d, 0, 1)

        everywhere, total = self.s.sum(1), self.o.sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.command = np.where(
                everywhere > 0, np.minimum(total / (0.999 * p["operator_share"] * everywhere), 1), 1
            )
        self.able = self.command ** p["command_effect"]
        appointed = p["operator_replacement"] * self.l * (1 - self.command) / np.maximum(self.command, 1e-6)
        self.renewed = np.minimum(p["operator_turnover"] * np.exp(np.minimum(self.x, 10)) + appointed, 1)
        severity, site_severity = np.broadcast_to(removal, self.l.shape), self.raided(site, raid, ground)
        taken = 1 - np.exp(-p["plea"] * self.v / p["plea_weeks"])
        self.v = self.v * (1 - 1 / p["plea_weeks"])
        self.l = (1 - severity) * (1 - taken) * self.l
        self.l = self.l + p["leadership_recovery"] * (1 - self.l) * total / (total + p["operators_half"])
        a = p["capture_shock"] + killing * (p["killing_shock"] - p["capture_shock"])
        left = ((1 - np.broadcast_to(sweep, self.l.shape)) * self.command) ** p["command_effect"]
        contest = left * (a * severity + p["capture_shock"] * taken) + 4 * p["sweep_shock"] * sweep * (1 - sweep)
        self.x = self.x * (1 - 1 / p["shock_weeks"]) + contest
        self.y = self.y * (1 - 1 / p["shock_weeks"]) + p["site_shock"] * site_severity
        splits, blocked = self.split()

        x0, usual = p["operator_share_half"], p["operator_share"]
        with np.errstate(invalid="ignore"):
            share = self.o / self.s
            quality = (share / (share + x0)) / (usual / (usual + x0))
        paid = 1 + p["revenue_effect"] * (np.broadcast_to(revenue, self.e.shape) - 1)
        paid = paid * (1 + p["revenue_effect"] * (np.broadcast_to(income, self.l.shape)[:, None] - 1))
        prisons = 1 - p["prison_share"] + p["prison_share"] * self.crowding * (1 - custody)
        rate = p["recruitment"] * r.vulnerability * recruitment * paid * prisons
        recruits = np.where(self.s > 0, rate * quality * self.s, 0)
        self.s = self.s + recruits
        weight = self.s * self.presence() * np.broadcast_to(targeting, self.l.shape)[:, None]
        arrested = p["incapacitation"] * incapacitation * weight / weight.sum()
        arrested = arrested * (1 + p["escapes"] * custody) * (1 + p["information"] * self.support)
        arrested = np.minimum(arrested, self.s)
        self.s = self.s - arrested
        self.crowding += (incapacitation - self.crowding) / p["prison_weeks"]
        unpunished = min(p["impunity"] * impunity, 1)
        self.deterred = fighting * np.exp(-p["conviction_effect"] * (p["impunity"] - unpunished))
        killed = self.losses(self.h * hostility, everywhere)
        self.s = self.s - killed
        held = self.held()
        clashed = self.clash(force, restrained)
        self.s = self.s - clashed
        bought = (1 - vetting) * min(impunity, 1) * held * self.q - self.held0 * r.capability
        self.q = np.clip(self.q - p["corruption"] * bought, 0, 1)
        abuses = self.abuse(force)
        leavers = np.broadcast_to(departure, self.l.shape)[:, None] * self.s
        self.o = self.o - np.broadcast_to(departure, self.l.shape)[:, None] * self.o
        self.s = self.s - leavers
        dead_leavers = p["retribution"] * leavers
        lawful = clashed.sum() / (1 + force * (p["hostilities_lethality"] - 1))
        dropouts = np.minimum(p["saturation"] * self.s.sum(1), 1)[:, None] * self.s
        self.s = self.s - dropouts
        swept = np.broadcast_to(sweep, self.l.shape)[:, None] * self.o
        wanted = np.maximum(usual * self.s - self.o, 0)
        appointed = p["operator_replacement"] * self.l[:, None] * wanted
        growth = (recruits.sum(1) / np.maximum(everywhere, 1))[:, None]
        self.o = np.minimum((self.o - swept) * (1 + growth) + appointed, usual * self.s)
        sentenced = (1 - unpunished) * swept.sum(1)
        self.v = self.v + sentenced
        relocated = entries = defected = absorbed = np.zeros_like(self.l)
        if self.weeks % 4 == 3:
            relocated, entries = self.move()
            defected, absorbed = self.absorb()
        self.weeks += 1

        odds, usual_odds = (d / (1 - d) for d in (self.d, self.d0))
        policed = np.clip(odds / usual_odds, 0.1, 10) ** -p["police_elasticity"]
        endemic = self.endemic * (r.population - self.u) * policed
        conflict = self.per_casualty * killed.sum(0) + dead_leavers.sum(0)
        fought = conflict + clashed.sum(0)
        y = endemic + fought
        killed = killed + dead_leavers
        y = y + self.contagion()
        self.e = self.e + (y - self.e) / p["retaliation_weeks"]
        settled = self.settled_trust(abuses)
        settled = settled + self.support * (1 - settled)
        self.t = self.t + (settled - self.t) / p["trust_weeks"]
        violence = self.rate(self.e) / (self.rate(self.e) + p["trust_half"])
        fading = 1 / p["support_weeks"] + p["intimidation"] * violence
        self.support = self.support + support * (1 - self.support) - fading * self.support
        self.u = np.minimum(self.u * (1 - 1 / p["return_weeks"]) + p["displacement"] * fought, r.population)
        self.recent = self.recent + (y - self.recent) / p["recording_weeks"]
        self.attributed = self.attributed + (self.attribute(killed.sum(1)) - self.attributed) / p["recording_weeks"]
        return dict(
            homicides=y,
            conflict_homicides=conflict,
            recruits=recruits.sum(1),
            incapacitated=arrested.sum(1),
            convicted=(1 - unpunished) * arrested.sum(1) + sentenced,
            demobilised=(leavers - dead_leavers).sum(1),
            extortion=held * (1 + p["extortion_shift"] * max(1 - revenue, 0)),
            attacks=p["attacks"] * (p["exposed"] / 1000 * r.population + exposed) * violence,
            disappeared=np.array(p["disappearances"] * conflict.sum()),
            civilians=np.array(p["civilians"] * clashed.sum()),
            confrontations=np.array(lawful / p["deaths_per_clash"]),
            spending=np.array(
                (
                    (self.mil - r.military + self.pol - r.police).sum() * p["personnel_cost"] / 1e6
                    + staff * p["personnel_cost"] / 1e6
                    + spending
                )
                / 52.1775
            ),
            killed=killed.sum(1),
            dropouts=dropouts.sum(1),
            swept=swept.sum(1),
            clash_homicides=clashed.sum(0),
            killed_by_state=clashed.sum(1),
            abuses=np.broadcast_to(abuses, self.e.shape),
            relocated=relocated,
            defected=defected,
            absorbed=absorbed,
            entries=entries,
            splits=splits,
            blocked_splits=blocked,
        )
