//! `--target KEY=VALUE` and the values of `[target]`.

use crate::config::Target;
use crate::config::target::Libc;
use crate::diagnostic::closest;

/// The keys.
pub(super) const KEYS: [&str; 5] = ["nginx", "apache", "libc", "modules", "user"];

/// Sets one value. The error is words to stand behind the place where it was written.
pub(super) fn set(target: &mut Target, key: &str, value: &str) -> Result<(), String> {
    match key {
        "nginx" => nginx(target, value),
        "apache" if value == "litespeed" => {
            target.litespeed = true;
            Ok(())
        }
        "apache" => {
            target.apache = Some(version(value)?);
            Ok(())
        }
        "libc" => {
            target.libc = Some(match value {
                "glibc" => Libc::Glibc,
                "musl" => Libc::Musl,
                _ => return Err(format!("`{value}` is no C library; there are glibc and musl")),
            });
            Ok(())
        }
        "modules" => {
            let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
            target.modules.extend(names.map(str::to_owned));
            Ok(())
        }
        "user" => {
            target.user = Some(value.to_owned());
            Ok(())
        }
        _ => {
            let meant = closest(key, KEYS)
                .map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
            Err(format!("nothing about a target is named `{key}`{meant}"))
        }
    }
}

/// `1.22`, `plus-r33` or `openresty-1.25`.
fn nginx(target: &mut Target, value: &str) -> Result<(), String> {
    if let Some(release) = value.strip_prefix("plus-") {
        let number: u16 =
            release.strip_prefix(['r', 'R']).and_then(|number| number.parse().ok()).ok_or_else(
                || format!("`{value}` is no release of NGINX Plus; they look like plus-r33"),
            )?;
        target.nginx_plus = true;
        target.nginx = plus_version(number);
        return Ok(());
    }
    target.nginx = Some(version(value.strip_prefix("openresty-").unwrap_or(value))?);
    Ok(())
}

/// The version of nginx that a release of NGINX Plus is built on, as its release notes say.
fn plus_version(release: u16) -> Option<(u16, u16, u16)> {
    Some(match release {
        22 => (1, 19, 0),
        23 => (1, 19, 5),
        24 => (1, 19, 10),
        25 => (1, 21, 3),
        26 => (1, 21, 5),
        27 => (1, 21, 6),
        28 => (1, 23, 2),
        29 => (1, 23, 4),
        30 => (1, 25, 1),
        31 => (1, 25, 3),
        32 => (1, 25, 5),
        33 => (1, 27, 2),
        34 => (1, 27, 4),
        35 => (1, 29, 0),
        36 => (1, 29, 3),
        _ => return None,
    })
}

/// `2`, `2.4` or `2.4.57`; what is not said counts as 0.
fn version(text: &str) -> Result<(u16, u16, u16), String> {
    let wrong = || format!("`{text}` is no version; they look like 1.22 or 2.4.57");
    let mut numbers = [0; 3];
    for (place, part) in text.split('.').enumerate() {
        *numbers.get_mut(place).ok_or_else(wrong)? = part.parse().map_err(|_| wrong())?;
    }
    Ok((numbers[0], numbers[1], numbers[2]))
}

/// Seconds since 1970 of the start of a day, `YYYY-MM-DD`, in UTC.
pub(super) fn day(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no day; write it as 2026-01-31");
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    let numbers: Vec<i64> = date.split('-').map_while(|part| part.parse().ok()).collect();
    let &[year, month, day] = numbers.as_slice() else { return Err(wrong()) };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(wrong()),
    };
    if !(1..=length).contains(&day) || !(1970..=9999).contains(&year) {
        return Err(wrong());
    }
    // years counted from March: the day that a leap year adds is their last one
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1;
    Ok((days - 719_468) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_makes() {
        let nginx = |value: &str| {
            let mut target = Target::default();
            set(&mut target, "nginx", value).map(|()| (target.nginx, target.nginx_plus))
        };
        assert_eq!(nginx("1.22"), Ok((Some((1, 22, 0)), false)));
        assert_eq!(nginx("openresty-1.25.3"), Ok((Some((1, 25, 3)), false)));
        assert_eq!(nginx("plus-r33"), Ok((Some((1, 27, 2)), true)));
        assert_eq!(nginx("plus-r99"), Ok((None, true)));
        assert!(nginx("new").is_err() && nginx("1.2.3.4").is_err() && nginx("plus-33").is_err());
    }

    #[test]
    fn keys_are_known_or_refused() {
        let mut target = Target::default();
        assert_eq!(set(&mut target, "modules", "a, b"), Ok(()));
        assert_eq!(set(&mut target, "modules", "c"), Ok(()));
        assert_eq!(target.modules, ["a", "b", "c"]);
        assert_eq!(
            set(&mut target, "libs", "musl"),
            Err("nothing about a target is named `libs`, did you mean `libc`?".into())
        );
        assert!(set(&mut target, "libc", "dietlibc").is_err());
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(day("1970-01-01"), Ok(0));
        assert_eq!(day("2000-02-29"), Ok(951_782_400));
        assert_eq!(day("2026-03-01T12:00:00Z"), Ok(1_772_323_200));
        for wrong in ["", "2026", "2026-02-29", "2026-13-01", "26-1-1", "2026-01-01-01", "x-1-1"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
