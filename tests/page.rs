//! The page of `lint401 map` in a real browser: headless Chromium opens it from a file and says what it made of it.
//!
//! Without Chromium the test says so; in CI it may not be missing.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const HOSTILE: &str = r#"events {}
http {
    server {
        listen 80;
        server_name shop.example "<img src=x onerror=document.title='hacked'>.example";
        root html;
        location / { auth_basic "</script><script>document.title='hacked'</script>"; auth_basic_user_file htpasswd; }
        location /open/ { proxy_pass http://10.0.0.1; }
        location "/<b>&\"'/" { return 403; }
    }
    server { listen 80; server_name blog.example; location / { proxy_pass http://10.0.0.1; } }
}
"#;

/// What a test asks the page for, once it is there: the last lines of the document, in a script of their own.
const ASK: &str = r"<script>{
const result = {
  title: document.title,
  rows: document.querySelectorAll('details.row').length,
  images: document.images.length,
  bold: document.querySelectorAll('main b').length,
  form: !document.querySelector('form').hidden,
};
const search = document.querySelector('input[type=search]');
search.value = 'blog';
search.dispatchEvent(new Event('input', { bubbles: true }));
const shown = () => [...document.querySelectorAll('details.row')].filter((row) => row.offsetParent !== null).length;
result.found = shown();
result.told = document.querySelector('output').textContent;
search.value = '';
search.dispatchEvent(new Event('input', { bubbles: true }));
document.querySelector('input[value=open]').click();
result.withoutOpen = shown();
document.querySelector('input[value=open]').click();
document.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
result.focus = document.activeElement === search;
const row = document.querySelector('details.row');
row.querySelector('summary').click();
result.opened = row.open;
result.story = row.querySelector('pre').textContent.includes('from 192.0.2.1');
document.body.dataset.result = JSON.stringify(result);
}</script>
</body>";

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|it| it.is_file())
}

/// Runs the browser on a page; gives back what it prints and what it complains about.
fn browse(browser: &Path, folder: &Path, args: &[&str], page: &Path) -> (String, String) {
    let mut command = Command::new(browser);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
    command.args(["--hide-scrollbars", "--no-first-run", "--enable-logging=stderr", "--v=0"]);
    // nothing may be asked of the network
    command.args(["--proxy-server=127.0.0.1:9", "--disable-background-networking"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.args(args).arg(format!("file://{}", page.display()));
    let output =
        command.timeout(std::time::Duration::from_secs(90)).output().expect("Chromium runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn page(folder: &Path) -> String {
    fs::write(folder.join("nginx.conf"), HOSTILE).expect("a file");
    fs::write(folder.join("htpasswd"), "alice:{PLAIN}CANARY\n").expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    command.env_clear().current_dir(folder).args(["map", "nginx.conf", "--output-format", "html"]);
    let output = command.output().expect("lint401 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn the_page_needs_nothing_else() {
    let here = folder();
    let page = page(here.path());
    assert!(!page.contains("CANARY"), "a password is in the page");
    let body = page.split_once("<body>").expect("a body").1;
    let body = body.split_once("<script>").expect("a script").0;
    // nothing is fetched, and nothing of the configuration is markup
    for tag in ["<img", "<b>", "<script", "<link", "<iframe"] {
        assert!(!body.contains(tag), "{tag} in the page");
    }
    for attribute in [" src=", " href=\"http", "url(", "@import"] {
        assert!(!page.replace("&lt;img src=x", "").contains(attribute), "{attribute} in the page");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests is told what was left out")]
fn a_browser_shows_it() {
    let Some(browser) = chromium() else {
        assert!(std::env::var_os("CI").is_none(), "Chromium may not be missing in CI");
        eprintln!("left out: there is no Chromium here");
        return;
    };
    let here = folder();
    let text = page(here.path());
    let asking = here.path().join("asking.html");
    fs::write(&asking, text.replace("</body>", ASK)).expect("a file");
    let (dom, said) = browse(&browser, here.path(), &["--dump-dom"], &asking);
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    let result = dom.split("data-result=\"").nth(1).and_then(|rest| rest.split('"').next());
    let result =
        result.unwrap_or_else(|| panic!("no result: {dom}\n{said}")).replace("&quot;", "\"");
    let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
    assert_eq!(result["title"], "lint401 map", "{result}");
    assert_eq!((&result["images"], &result["bold"]), (&0.into(), &0.into()), "{result}");
    assert_eq!((&result["rows"], &result["found"]), (&4.into(), &1.into()), "{result}");
    assert_eq!(
        (&result["told"], &result["withoutOpen"]),
        (&"1 line".into(), &2.into()),
        "{result}"
    );
    for yes in ["form", "focus", "opened", "story"] {
        assert_eq!(result[yes], true, "{yes}: {result}");
    }
    // what it looks like is for people; that it looks like anything is for us
    let plain = here.path().join("plain.html");
    fs::write(&plain, text).expect("a file");
    let picture = here.path().join("page.png");
    let shot = format!("--screenshot={}", picture.display());
    browse(&browser, here.path(), &[&shot, "--window-size=1100,800"], &plain);
    let size = fs::metadata(&picture).map_or(0, |meta| meta.len());
    assert!(size > 10_000, "the picture has {size} bytes");
    if let Some(keep) = std::env::var_os("LINT401_PICTURE") {
        fs::copy(&picture, keep).expect("the picture is kept");
    }
}
