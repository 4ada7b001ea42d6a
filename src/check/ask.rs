//! Asks the rules, on as many threads as the settings allow.

use super::Settings;
use crate::config::{Project, apache, credentials, nginx, paths};
use crate::diagnostic::{Finding, Findings};
use crate::policy::apache::Policy as ApachePolicy;
use crate::policy::contract::{Configuration, Contract, Contracts};
use crate::policy::either::Policy as AnyPolicy;
use crate::policy::files::Files;
use crate::policy::nginx::Policy;
use crate::rules::{Check, Rule};
use crate::source::{FileSystem, Remembered};
use std::cell::OnceCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Bytes of configuration from which on a second thread is worth its start.
const MANY: usize = 128 << 10;

/// The stack of a thread, as large as that of the first one mostly is.
const STACK: usize = 8 << 20;

/// Everything that the selected rules say, in the order of the rules whatever the number of threads, and those of them
/// that could not compare all that there is.
pub(super) fn all(
    fs: &dyn FileSystem,
    project: &Project,
    settings: &Settings,
) -> (Vec<Finding>, Vec<&'static str>) {
    let rules: Vec<&Rule> = crate::rules::all().filter(|rule| settings.selects(rule)).collect();
    let next = AtomicUsize::new(0);
    let contracts = OnceLock::new();
    let work = || {
        let asked = Asked::new(fs, project, settings, &contracts);
        let mut said = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(rule) = rules.get(number) else { return said };
            said.push((number, asked.what_says(rule)));
        }
    };
    let bytes: usize = project.sources.iter().map(|(_, source)| source.bytes().len()).sum();
    let threads = if bytes < MANY { 1 } else { settings.threads.max(1) };
    let mut said = thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(start).collect();
        let mut said = work();
        for other in others {
            match other.join() {
                Ok(more) => said.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        said
    });
    said.sort_unstable_by_key(|(number, _)| *number);
    let cut_short =
        |(number, said): &(usize, Findings)| said.was_cut_short().then(|| rules[*number].name);
    let cut_short = said.iter().filter_map(cut_short).collect();
    (said.into_iter().flat_map(|(_, said)| said.into_vec()).collect(), cut_short)
}

/// What the rules that one thread asks have in common (the contracts: those of all threads), made when the first of them needs it.
struct Asked<'p> {
    fs: &'p dyn FileSystem,
    project: &'p Project,
    settings: &'p Settings,
    nginx: Vec<OnceCell<Policy<'p>>>,
    apache: Vec<OnceCell<ApachePolicy<'p>>>,
    contracts: &'p OnceLock<Option<Contracts<'p>>>,
}

impl<'p> Asked<'p> {
    fn new(
        fs: &'p dyn FileSystem,
        project: &'p Project,
        settings: &'p Settings,
        contracts: &'p OnceLock<Option<Contracts<'p>>>,
    ) -> Self {
        let nginx = project.nginx.iter().map(|_| OnceCell::new()).collect();
        let apache = project.apache.iter().map(|_| OnceCell::new()).collect();
        Self { fs, project, settings, nginx, apache, contracts }
    }

    /// Everything that one rule says.
    fn what_says(&self, rule: &Rule) -> Findings {
        let project = self.project;
        let mut findings = Findings::default();
        findings.show_from(self.settings.least_shown(rule.name));
        match rule.check {
            Check::Nginx(check) => {
                for data in &project.nginx {
                    check(&nginx::Site { project, data }, &mut findings);
                }
            }
            Check::NginxPolicy(check) => {
                for (data, policy) in project.nginx.iter().zip(&self.nginx) {
                    let site = nginx::Site { project, data };
                    check(policy.get_or_init(|| Policy::new(site)), &mut findings);
                }
            }
            Check::Apache(check) => {
                for data in &project.apache {
                    check(&apache::Site { project, data }, &mut findings);
                }
            }
            Check::ApachePolicy(check) => {
                for (data, policy) in project.apache.iter().zip(&self.apache) {
                    let site = apache::Site { project, data };
                    check(policy.get_or_init(|| ApachePolicy::new(site)), &mut findings);
                }
            }
            Check::Credentials(check) => {
                for data in &project.credentials {
                    check(&credentials::PasswordFile { project, data }, &mut findings);
                }
            }
            Check::Contracts(check) => {
                let contracts = &self.settings.contracts;
                if let Some(open) = self.contracts.get_or_init(|| self.open_contracts(contracts)) {
                    check(open, &mut findings);
                }
            }
            // they come last
            Check::Suppressions(_) => {}
        }
        findings
    }

    /// The contracts that are not kept; `None` where there are none at all.
    fn open_contracts(&self, contracts: &'p [Contract]) -> Option<Contracts<'p>> {
        if contracts.is_empty() {
            return None;
        }
        let remembered = Remembered::new(self.fs);
        let files = Files::new(&remembered, self.project);
        let mains = self.mains();
        if !mains.is_empty() {
            return Contracts::of(self.project, contracts, &mains, files);
        }
        let lone = self.lone_htaccess();
        let lone: Vec<Configuration<'_, 'p>> = lone.iter().map(Configuration::from).collect();
        Contracts::of(self.project, contracts, &lone, files)
    }

    /// The .htaccess files of a folder without a main configuration: the folder of the settings file stands for the site.
    fn lone_htaccess(&self) -> Option<AnyPolicy<'p>> {
        let project = self.project;
        let mut lone = project.apache.iter().filter(|data| data.form == apache::Form::Htaccess);
        let main = lone.next()?.main;
        let (settings, _) = project.settings.as_ref()?;
        let folder = paths::folder(&project.sources.get(*settings).path);
        AnyPolicy::of(project, main, Some(&folder))
    }

    /// The main configurations: what is read of others is not all that there is.
    fn mains(&self) -> Vec<Configuration<'_, 'p>> {
        let project = self.project;
        let of_nginx = project.nginx.iter().zip(&self.nginx).filter(|(data, _)| data.complete);
        let of_nginx = of_nginx.map(|(data, policy)| {
            let site = nginx::Site { project, data };
            Configuration::Nginx(policy.get_or_init(|| Policy::new(site)))
        });
        let is_main = |data: &apache::SiteData| data.form == apache::Form::Main;
        let of_apache = project.apache.iter().zip(&self.apache).filter(|(data, _)| is_main(data));
        let of_apache = of_apache.map(|(data, policy)| {
            let site = apache::Site { project, data };
            Configuration::Apache(policy.get_or_init(|| ApachePolicy::new(site)))
        });
        of_nginx.chain(of_apache).collect()
    }
}
