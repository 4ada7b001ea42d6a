//! Where log lines come from: files, standard input, gzip; block by block, so that a log may be of any size.

use flate2::read::MultiGzDecoder;
use memchr::memrchr;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// How much is read at once: what stays in the caches beside the counts.
const BLOCK: usize = 1 << 17;

/// How long a line may be; the rest of a longer one is skipped.
pub(super) const LONGEST: usize = 64 << 10;

/// What was read of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volume {
    /// Bytes, unpacked.
    pub(super) bytes: u64,
    /// Lines that were too long.
    pub(super) long_lines: u64,
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return unpacked(Box::new(io::stdin().lock()));
    }
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("is a folder"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        // reading one might not end
        if kind.is_char_device() || kind.is_block_device() {
            return Err(io::Error::other("is a device"));
        }
    }
    unpacked(Box::new(File::open(path)?))
}

/// What a stream holds, unpacked where it begins as gzip does.
fn unpacked(mut input: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let mut head = Vec::with_capacity(2);
    input.by_ref().take(2).read_to_end(&mut head)?;
    let is_packed = head == [0x1f, 0x8b];
    let whole = Cursor::new(head).chain(input);
    Ok(if is_packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// Hands on blocks of whole lines. What is wrong with the stream is told at its end, with what could be read before.
pub(super) fn blocks(
    input: &mut dyn Read,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> (Volume, io::Result<()>) {
    let mut read = Volume::default();
    let mut buffer = vec![0; BLOCK + LONGEST];
    let mut kept = 0;
    let mut skips = false;
    loop {
        let count = match input.read(&mut buffer[kept..kept + BLOCK]) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let last = if skips { Ok(()) } else { take(&buffer[..kept]) };
                return (read, last.and(Err(error)));
            }
        };
        read.bytes += count as u64;
        let end = kept + count;
        if count == 0 {
            let last = if skips || kept == 0 { Ok(()) } else { take(&buffer[..kept]) };
            return (read, last);
        }
        let Some(last) = memrchr(b'\n', &buffer[kept..end]).map(|at| kept + at + 1) else {
            // a part of a line
            kept = end;
            if kept > LONGEST {
                read.long_lines += u64::from(!skips);
                skips = true;
                kept = 0;
            }
            continue;
        };
        let mut start = 0;
        if skips {
            start = memchr::memchr(b'\n', &buffer[..last]).map_or(last, |at| at + 1);
            skips = false;
        }
        if let Err(error) = take(&buffer[start..last]) {
            return (read, Err(error));
        }
        buffer.copy_within(last..end, 0);
        kept = end - last;
        if kept > LONGEST {
            read.long_lines += 1;
            skips = true;
            kept = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out its bytes in pieces of any size.
    struct Pieces<'p>(&'p [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines(text: &[u8], piece: usize) -> (Vec<Vec<u8>>, u64) {
        let mut all = Vec::new();
        let (read, result) = blocks(&mut Pieces(text, piece), &mut |block| {
            all.extend(
                block
                    .split(|&byte| byte == b'\n')
                    .filter(|line| !line.is_empty())
                    .map(<[u8]>::to_vec),
            );
            Ok(())
        });
        result.expect("bytes in memory can be read");
        assert_eq!(read.bytes, text.len() as u64);
        (all, read.long_lines)
    }

    #[test]
    fn lines_stay_whole_however_they_come() {
        let text = b"one\ntwo\n\nthree";
        for piece in 1..=text.len() {
            assert_eq!(
                lines(text, piece),
                (vec![b"one".to_vec(), b"two".to_vec(), b"three".to_vec()], 0)
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let long = vec![b'x'; 3 * BLOCK];
        let text = [b"one\n", &long[..], b"\ntwo\n"].concat();
        for piece in [1000, 70_000, BLOCK] {
            assert_eq!(lines(&text, piece), (vec![b"one".to_vec(), b"two".to_vec()], 1), "{piece}");
        }
        assert_eq!(lines(&long, BLOCK), (vec![], 1));
    }
}
