//! What may stand in `<RequireAll>`, `<RequireAny>` and `<RequireNone>`: mod_authz_core (`add_authz_section`) has httpd
//! read what is in them as if AuthConfig alone were allowed there, inside of a `<Limit>`.

use super::Directive;
use crate::grammar::apache::{Id, Overrides, id, section_id};

/// The containers.
const CONTAINERS: [Id; 3] =
    [section_id("RequireAll"), section_id("RequireAny"), section_id("RequireNone")];

/// The other sections that may stand in them.
const LIMITS: [Id; 2] = [section_id("Limit"), section_id("LimitExcept")];

/// What httpd does while it reads, whatever is around (`EXEC_ON_READ`).
const ON_READ: [Id; 12] = [
    id("Define"),
    id("UnDefine"),
    id("Include"),
    id("IncludeOptional"),
    id("Error"),
    id("LoadModule"),
    id("LoadFile"),
    id("ServerRoot"),
    id("DefaultRuntimeDir"),
    id("LuaAuthzProvider"),
    id("Use"),
    id("UndefMacro"),
];

impl<'p> Directive<'p> {
    /// The section that it must not stand in because that is a container, or lies in one.
    #[must_use]
    pub fn refused_by(self) -> Option<Directive<'p>> {
        let known = self.known().filter(|known| known.is_core() && !self.is_conditional())?;
        let may = if known.section {
            CONTAINERS.contains(&known.id) || LIMITS.contains(&known.id)
        } else {
            known.overrides().meets(Overrides::AUTH_CONFIG) || ON_READ.contains(&known.id)
        };
        if may {
            return None;
        }
        let section = self.section()?;
        let is = |section: Directive<'p>, ids: &[Id]| {
            section.known().is_some_and(|known| ids.contains(&known.id))
        };
        let outer = self.sections().find(|around| !is(*around, &LIMITS))?;
        is(outer, &CONTAINERS).then_some(section)
    }
}
