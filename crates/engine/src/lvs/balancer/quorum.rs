//! The quorum of a virtual server, and the sorry server that stands in while it is lost.

use std::sync::Arc;

use vipd_config::model::lvs::VirtualServer;

use super::Balancer;
use super::telling::Teller;
use crate::lvs::{Effect, Quorum, What};

impl Balancer {
    /// Gains or loses the quorum of a virtual server, if it is time to; the table follows by
    /// [`Balancer::pool`], and others are told by [`Balancer::tell_quorum`].
    pub(super) fn flip_quorum(&mut self, service: u32, vs: &VirtualServer) -> Option<Quorum> {
        let service = self.services.get_mut(service as usize)?;
        let flips = if service.has_quorum {
            service.loses(vs)
        } else {
            service.gains(vs)
        };
        if flips {
            service.has_quorum = !service.has_quorum;
        }
        flips.then_some(Quorum {
            quorum: vs.quorum,
            hysteresis: vs.hysteresis,
            sum: service.sum,
            at_start: false,
        })
    }

    /// Tells that the quorum of a virtual server is there or not. `is_start`: no sorry server was
    /// in use before.
    pub(super) fn tell_quorum(
        &self,
        place: u32,
        quorum: Quorum,
        is_start: bool,
        effects: &mut Vec<Effect>,
    ) {
        let config = Arc::clone(&self.config);
        let Some(vs) = Self::configured(&config, place) else {
            return;
        };
        let service = self.services.get(place as usize);
        let is_up = service.is_some_and(|service| service.has_quorum);
        let teller = Teller::new(&config, vs);
        let what = if is_up {
            What::Gained(quorum)
        } else {
            What::Lost(quorum)
        };
        effects.push(Effect::Report(teller.of_service(what)));
        if !(is_up && is_start) {
            report_sorry(vs, &teller, is_up, effects);
        }
        teller.service(is_up, false, effects);
        // The mail says that it is the beginning also where the log does not.
        let mut text = quorum.text(is_up);
        if is_up && is_start {
            text = text.replacen("Gained quorum", "Starting with quorum up", 1);
        }
        effects.extend(teller.service_mail(is_up, &text));
        self.save_service(place, effects);
    }
}

/// The sorry server comes or goes.
fn report_sorry(
    vs: &VirtualServer,
    teller: &Teller<'_>,
    has_quorum: bool,
    effects: &mut Vec<Effect>,
) {
    let Some(sorry) = &vs.sorry else {
        return;
    };
    let what = match (has_quorum, sorry.inhibit) {
        (true, false) => [What::RemovingSorry, What::AddingAlive],
        (true, true) => [What::DisablingSorry, What::AddingAlive],
        (false, false) => [What::AddingSorry, What::RemovingAlive],
        (false, true) => [What::EnablingSorry, What::RemovingAlive],
    };
    let [of_sorry, of_pool] = what;
    effects.push(Effect::Report(teller.of_sorry(of_sorry)));
    effects.push(Effect::Report(teller.of_service(of_pool)));
}
