//! WordPress's block of rules without the one that hands Authorization on, where PHP runs as FastCGI.

use super::passing::is_passed;
use super::reading::{follows, given, read};
use super::rewrites::{ENGINE, Rewrite, rewrites};
use crate::config::apache::{Form, Site};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::apache::{Kind, Place, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/wordpress-authorization-rule-missing" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "WordPress's rules lack the one that hands the Authorization header on to PHP: application passwords are answered 401",
    }
}

const LINE: &str = "RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]";

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut known: Option<Option<bool>> = None;
    for place in policy.places().filter(|place| place.kind() != Kind::Server) {
        let rules = rewrites(place);
        if rules.is_empty() || rules.iter().any(Rewrite::sets_authorization) {
            continue;
        }
        let Some(front) = rules.iter().find(|rule| rule.program() == Some(b"index.php")) else {
            continue;
        };
        let source = front.directive.source();
        if memchr::memmem::find(source.text(), b"BEGIN WordPress").is_none() {
            continue;
        }
        let is_fastcgi = *known.get_or_insert_with(|| {
            if is_passed(&policy.site) {
                return None;
            }
            let is_lone = policy.site.data.form == Form::Htaccess;
            if is_lone { Some(false) } else { runs_fastcgi(&policy.site).then_some(true) }
        });
        let Some(is_fastcgi) = is_fastcgi else { return };
        let Some(engine) = engine(place, front) else { continue };
        let mut finding = RULE
            .at(engine.location())
            .message("these rules of WordPress lack the one that hands the Authorization header on to PHP: clients of the REST API with an application password get 401")
            .help("save the permalinks in WordPress's settings, which writes the block anew, with that rule");
        if is_fastcgi {
            let at = engine.location();
            let end = Location { span: Span::empty(at.span.end), ..at };
            let text = format!("\n{LINE}");
            finding = finding.fix(
                Safety::Unsafe,
                "add the rule behind `RewriteEngine On`",
                vec![Edit::insert(end, text)],
            );
        } else {
            finding = finding
                .severity(Severity::Info)
                .depends_on("whether PHP runs as CGI or FastCGI there");
        }
        findings.push(given(finding, engine));
    }
}

/// The `RewriteEngine On` of the block.
fn engine<'p>(
    place: Place<'_, 'p>,
    front: &Rewrite<'p>,
) -> Option<crate::config::apache::Directive<'p>> {
    let mut all = place.section().all(&[ENGINE]).map(|own| own.directive).filter(|directive| {
        directive.says(b"on")
            && directive.location().span.start < front.directive.location().span.start
            && follows(front.directive, *directive)
    });
    all.next_back()
}

/// Whether PHP is seen to run as FastCGI, where .htaccess files have their say.
fn runs_fastcgi(site: &Site<'_>) -> bool {
    ["SetHandler", "AddHandler"].iter().any(|name| {
        read(site, name).any(|directive| {
            directive.arg(0).is_some_and(|word| {
                let text = word.lossy().to_ascii_lowercase();
                text.contains("fcgi") && (text.starts_with("proxy:") || text.starts_with("fcgid"))
            })
        })
    })
}
