//! The checksum of a file's lines.

/// CRC-32 as in ISO-HDLC ("CRC-32/ISO-HDLC", reveng.sourceforge.io/crc-catalogue): polynomial
/// 0x04C11DB7, reflected, started and ended with all ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Checksum(u32);

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "constant evaluation refuses what is outside")]
        {
            table[byte] = rest;
        }
        byte += 1;
    }
    table
};

impl Checksum {
    /// The checksum of what came before and `bytes`.
    pub(super) fn and(self, bytes: &[u8]) -> Self {
        let rest = bytes.iter().fold(!self.0, |rest, byte| {
            let at = usize::from((rest as u8) ^ byte);
            TABLE.get(at).copied().unwrap_or_default() ^ (rest >> 8)
        });
        Self(!rest)
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_catalogued_crc() {
        // The catalogue's check value.
        assert_eq!(Checksum::default().and(b"123456789"), Checksum(0xCBF4_3926));
        assert_eq!(Checksum::default().and(b"12345").and(b"6789"), Checksum(0xCBF4_3926));
        assert_eq!(Checksum::default().and(b"123456789").to_string(), "cbf43926");
    }
}
