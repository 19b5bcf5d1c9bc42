//! Whether a case is a fleet: several addresses that work for one client at the same time.

use super::case::{Case, Profile};
use super::group::{agents, requests};
use super::status::Side;

impl Case<'_> {
    pub(super) fn is_fleet(&self) -> bool {
        let (figures, profile) = (&self.group.figures, self.profile());
        if figures.clockwork && profile != Profile::Loads {
            return true;
        }
        let (several, tainted) = (figures.has_several(), self.group.tainted);
        if figures.is_program && figures.addresses >= 2 && matches!(profile, Profile::Rich | Profile::Ahead) && !tainted
        {
            return true;
        }
        // Several people on one page are an audience, while a vendor spreads a leader's pages over its addresses. A
        // network with people that follows one person only may be that person's family.
        if tainted && self.group.side == Side::After {
            return several && figures.session_changes >= 2 && figures.leaders >= 2;
        }
        let fleet = match profile {
            Profile::SameAgent => figures.session_changes >= 2 && (!self.has_agents || figures.steady_leaders >= 2),
            Profile::Loads | Profile::Rich | Profile::Ahead if self.rich || profile == Profile::Loads => {
                several && (figures.session_changes >= 2 || figures.repeated_targets >= 2)
            }
            _ => figures.session_changes >= 3,
        };
        fleet
            || (profile == Profile::Rich && self.follows_many())
            || (matches!(profile, Profile::Rich | Profile::Ahead) && self.is_foreign())
    }

    /// Many addresses, of which several are active at once, follow many leaders. So few pages of each leader are
    /// followed that they are seldom divided among addresses.
    fn follows_many(&self) -> bool {
        let figures = &self.group.figures;
        let enough = if figures.usual_lag() <= 1800 { 10 } else { 20 };
        figures.has_several() && figures.has_many() && figures.meetings >= enough && figures.share >= 0.8
    }

    /// Few echoes, but four addresses that all send one agent, and no browser of people in this log has that agent. In
    /// three networks, two leaders show that it is no office; in one network, three leaders on three occasions. If
    /// it comes late, it must do so in many meetings, and from one network to private pages. Before people, private pages of
    /// five leaders show it.
    fn is_foreign(&self) -> bool {
        let figures = &self.group.figures;
        let agents = agents(&self.group.networks);
        let all = requests(&self.group.networks);
        let Some((agent, count)) = agents.first().copied() else { return false };
        let wide = self.group.networks.len() >= 3 && figures.leaders >= 2;
        let often = figures.echoes >= 8 && figures.leaders >= 3 && figures.occasions >= 3;
        let soon = figures.usual_lag() <= 1800;
        let meetings = if wide { 12 } else { 20 };
        let late = figures.meetings >= meetings && figures.leaders >= 5 && (wide || figures.mostly_private());
        let enough = match self.group.side {
            Side::After => figures.has_several() && figures.share >= 0.9 && (wide && soon || often && (soon || late)),
            // Each mail comes at its own time, so nothing else shows a filter's fleet.
            Side::Ahead => figures.echoes >= 8 && figures.leaders >= 5 && figures.mostly_private(),
        };
        enough
            && figures.addresses >= 4
            && agent != 0
            && count as f64 >= 0.9 * all as f64
            && !self.people.contains_key(&agent)
            && !figures.is_paired
    }
}
