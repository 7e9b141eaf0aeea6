//! Settlement files of gateways, read line by line.
//!
//! A file is read whole or refused with its line: nothing of a file that is not understood is
//! reconciled. What is read goes to `lms_commerce::reconcile`.
use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};
use lms_commerce::{MovementKind, StatementLine};
use lms_kernel::{Currency, DomainError, ErrorKind, Money, Timestamp};
use rust_decimal::Decimal;

/// Why a settlement file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettlementError {
    /// The file is not CSV.
    #[error("line {line} is not CSV in UTF-8 with as many columns as the heading")]
    NotCsv {
        /// The line, from 1.
        line: u64,
    },
    /// A column that is needed is not there.
    #[error("the file has no column `{column}`; export it with the report's standard columns")]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// A value cannot be read.
    #[error("line {line}: `{column}` is not {wanted}")]
    Value {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Amounts do not add up.
    #[error("line {line}: gross less fee is not net")]
    Sum {
        /// The line, from 1.
        line: u64,
    },
}

impl DomainError for SettlementError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotCsv { .. } => "settlement.not_csv",
            Self::MissingColumn { .. } => "settlement.missing_column",
            Self::Value { .. } => "settlement.value",
            Self::Sum { .. } => "settlement.sum",
        }
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// Reads Stripe's itemised payout or balance report
/// (docs.stripe.com/reports/report-types/payout-reconciliation).
///
/// It needs `balance_transaction_id`, `currency`, `gross`, `fee`, `net`, `reporting_category`; it
/// uses `source_id`, `charge_id`, `payment_intent_id`, `created_utc` or `created`, and
/// `automatic_payout_id` where they are. Amounts are in the main unit.
///
/// # Errors
/// [`SettlementError`], with the line.
pub fn stripe_payouts(csv: &[u8]) -> Result<Vec<StatementLine>, SettlementError> {
    read(csv, |row| {
        let currency = row.currency("currency")?;
        let (gross, fee) = (row.money("gross", currency)?, row.money("fee", currency)?);
        let net = row.money("net", currency)?;
        if gross.sub(fee).ok() != Some(net) {
            return Err(SettlementError::Sum { line: row.line });
        }
        let kind = match row.need("reporting_category")? {
            "charge" => MovementKind::Capture,
            "refund" => MovementKind::Refund,
            "dispute" => MovementKind::Reversal,
            "fee" | "network_cost" | "platform_earning" | "tax" => MovementKind::Fee,
            "payout" | "payout_reversal" => MovementKind::Payout,
            // Failed refunds and won disputes give money back, and a partial capture takes off what
            // its charge has too much: a person looks at them.
            _ => MovementKind::Other,
        };
        let names = ["source_id", "charge_id", "payment_intent_id", "balance_transaction_id"];
        row.need("balance_transaction_id")?;
        let at = match row.text("created_utc").or_else(|| row.text("created")) {
            Some(_) => Some(row.time("created_utc", "created", 0)?),
            None => None,
        };
        Ok(StatementLine {
            line: row.line,
            kind,
            keys: row.names(&names),
            gross: row.magnitude(gross)?,
            fee,
            at,
            payout: row.text("automatic_payout_id").map(str::to_owned),
        })
    })
}

/// Reads a settlement file of Midtrans: one line a transaction, in rupiah unless a column
/// `currency` says otherwise.
///
/// It needs `transaction_id`, `order_id`, `transaction_status`, `gross_amount`; it uses `fee`,
/// `net_amount`, `refund_key`, `refund_amount`, `settlement_time` or `transaction_time` (Western
/// Indonesia Time), and `settlement_id` where they are. The letter case of headings and blanks in
/// them do not matter: `Order ID` is `order_id`.
///
/// # Errors
/// [`SettlementError`], with the line.
pub fn midtrans_settlement(csv: &[u8]) -> Result<Vec<StatementLine>, SettlementError> {
    read(csv, |row| {
        let currency = match row.text("currency") {
            Some(_) => row.currency("currency")?,
            None => Currency::IDR,
        };
        let kind = match row.need("transaction_status")?.to_ascii_lowercase().as_str() {
            "capture" | "settlement" => MovementKind::Capture,
            "refund" | "partial_refund" => MovementKind::Refund,
            "chargeback" | "partial_chargeback" | "deny" | "cancel" => MovementKind::Reversal,
            _ => MovementKind::Other,
        };
        let back = kind != MovementKind::Capture && row.text("refund_amount").is_some();
        let gross = row.money(if back { "refund_amount" } else { "gross_amount" }, currency)?;
        let fee = match row.text("fee") {
            Some(_) => row.money("fee", currency)?,
            None => Money::zero(currency),
        };
        if kind == MovementKind::Capture && row.text("net_amount").is_some() {
            let net = row.money("net_amount", currency)?;
            if gross.sub(fee).ok() != Some(net) {
                return Err(SettlementError::Sum { line: row.line });
            }
        }
        let at = match row.text("settlement_time").or_else(|| row.text("transaction_time")) {
            Some(_) => Some(row.time("settlement_time", "transaction_time", 7 * 3_600)?),
            None => None,
        };
        row.need("transaction_id")?;
        let names = match kind {
            MovementKind::Refund => ["refund_key", "transaction_id", "order_id"],
            _ => ["transaction_id", "order_id", "refund_key"],
        };
        Ok(StatementLine {
            line: row.line,
            kind,
            keys: row.names(&names),
            gross: row.magnitude(gross)?,
            fee,
            at,
            payout: row.text("settlement_id").map(str::to_owned),
        })
    })
}

/// A line with the places of its columns.
struct Row<'r> {
    line: u64,
    places: &'r BTreeMap<String, usize>,
    record: &'r csv::StringRecord,
}

impl<'r> Row<'r> {
    fn text(&self, column: &str) -> Option<&'r str> {
        let text = self.record.get(*self.places.get(column)?)?.trim();
        if text.is_empty() { None } else { Some(text) }
    }

    fn need(&self, column: &'static str) -> Result<&'r str, SettlementError> {
        if !self.places.contains_key(column) {
            return Err(SettlementError::MissingColumn { column });
        }
        self.text(column).ok_or(self.wrong(column, "filled in"))
    }

    const fn wrong(&self, column: &'static str, wanted: &'static str) -> SettlementError {
        SettlementError::Value { line: self.line, column, wanted }
    }

    fn currency(&self, column: &'static str) -> Result<Currency, SettlementError> {
        let code = self.need(column)?.to_ascii_uppercase();
        code.parse().map_err(|_| self.wrong(column, "a currency of ISO 4217"))
    }

    fn money(&self, column: &'static str, currency: Currency) -> Result<Money, SettlementError> {
        let wrong = || self.wrong(column, "an exact amount with a decimal point, as `1234.50`");
        let exact = Decimal::from_str_exact(self.need(column)?).map_err(|_| wrong())?;
        Money::from_decimal(exact, currency).map_err(|_| wrong())
    }

    fn magnitude(&self, gross: Money) -> Result<Money, SettlementError> {
        gross.abs().map_err(|_| self.wrong("gross", "an amount in range"))
    }

    /// The time at the first of two columns that is there, in a zone that is so many seconds ahead
    /// of UTC.
    fn time(
        &self,
        first: &'static str,
        second: &'static str,
        ahead: i32,
    ) -> Result<Timestamp, SettlementError> {
        let column = if self.text(first).is_some() { first } else { second };
        let text = self.need(column)?;
        let wrong = || self.wrong(column, "a time such as `2024-01-31 09:00:00`");
        if let Ok(at) = text.parse() {
            return Ok(at);
        }
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
            .or_else(|_| text.parse::<NaiveDate>().map(|it| it.and_time(chrono::NaiveTime::MIN)))
            .map_err(|_| wrong())?;
        let zone = FixedOffset::east_opt(ahead).ok_or_else(wrong)?;
        let at = local.and_local_timezone(zone).single().ok_or_else(wrong)?;
        Ok(Timestamp::from_utc(at.to_utc()))
    }

    /// The names that are there, each once, in that order.
    fn names(&self, columns: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in columns.iter().filter_map(|it| self.text(it)) {
            if names.iter().all(|it| it != name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// The line on which a record starts. Between a carriage return and its line feed the reader is
/// still on the line before.
fn line_at(bytes: &[u8], position: &csv::Position) -> u64 {
    let next = usize::try_from(position.byte()).ok().and_then(|it| bytes.get(it));
    position.line() + u64::from(next == Some(&b'\n'))
}

fn read(
    csv: &[u8],
    line: impl Fn(&Row<'_>) -> Result<StatementLine, SettlementError>,
) -> Result<Vec<StatementLine>, SettlementError> {
    let bytes = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let not_csv = |error: &csv::Error| SettlementError::NotCsv {
        line: error.position().map_or(1, |it| line_at(bytes, it)),
    };
    let heading = reader.headers().map_err(|it| not_csv(&it))?;
    let places: BTreeMap<String, usize> = heading
        .iter()
        .enumerate()
        .map(|(at, name)| (name.trim().to_ascii_lowercase().replace([' ', '-'], "_"), at))
        .collect();
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|it| not_csv(&it))?;
        let at = record.position().map_or(0, |it| line_at(bytes, it));
        lines.push(line(&Row { line: at, places: &places, record: &record })?);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIPE: &str = "\u{feff}automatic_payout_id,balance_transaction_id,created_utc,currency,\
gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id,description\r\n\
po_1,txn_1,2024-01-31 09:00:00,usd,100.00,3.20,96.80,charge,ch_1,ch_1,pi_1,\"Course, paid\"\r\n\
po_1,txn_2,2024-02-01 10:30:00,usd,-20.00,0.00,-20.00,refund,re_1,ch_1,pi_1,\r\n\
po_1,txn_3,2024-02-02 00:00:00,jpy,-500,1500,-2000,dispute,dp_1,ch_2,pi_2,\r\n\
po_1,txn_4,2024-02-03 00:00:00,usd,-76.80,0.00,-76.80,payout,po_1,,,\r\n";

    #[test]
    fn stripe_lines_are_read() {
        let lines = stripe_payouts(STRIPE.as_bytes()).unwrap();
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(
            lines[0],
            StatementLine {
                line: 2,
                kind: MovementKind::Capture,
                keys: vec!["ch_1".into(), "pi_1".into(), "txn_1".into()],
                gross: money("100.00 USD"),
                fee: money("3.20 USD"),
                at: Some("2024-01-31T09:00:00Z".parse().unwrap()),
                payout: Some("po_1".into()),
            }
        );
        let read: Vec<_> = lines.iter().map(|it| (it.line, it.kind, it.gross)).collect();
        assert_eq!(
            read[1..],
            [
                (3, MovementKind::Refund, money("20.00 USD")),
                (4, MovementKind::Reversal, money("500 JPY")),
                (5, MovementKind::Payout, money("76.80 USD")),
            ]
        );
    }

    #[test]
    fn midtrans_lines_are_read_in_western_indonesia_time() {
        let csv = "Order ID,Transaction ID,Transaction Status,Gross Amount,Fee,Net Amount,\
Settlement Time,Refund Key,Refund Amount\n\
o-1,t-1,settlement,154600.00,4000,150600,2024-01-31 07:00:00,,\n\
o-1,t-1,partial_refund,154600.00,,,2024-02-01,r-1,50000\n\
o-2,t-2,chargeback,10000,,,,,\n";
        let lines = midtrans_settlement(csv.as_bytes()).unwrap();
        let read: Vec<_> =
            lines.iter().map(|it| (it.kind, it.keys.join(" "), it.gross.to_string())).collect();
        let row = |kind, keys: &str, gross: &str| (kind, keys.to_owned(), gross.to_owned());
        assert_eq!(
            read,
            [
                row(MovementKind::Capture, "t-1 o-1", "154600.00 IDR"),
                row(MovementKind::Refund, "r-1 t-1 o-1", "50000.00 IDR"),
                row(MovementKind::Reversal, "t-2 o-2", "10000.00 IDR"),
            ]
        );
        assert_eq!(lines[0].at, Some("2024-01-31T00:00:00Z".parse().unwrap()));
        assert_eq!(lines[0].fee.to_string(), "4000.00 IDR");
        assert_eq!(lines[2].at, None);
    }

    #[test]
    fn a_file_that_is_not_understood_is_refused_with_its_line() {
        let heading = "balance_transaction_id,currency,gross,fee,net,reporting_category";
        let read = |rows: &str| stripe_payouts(format!("{heading}\n{rows}").as_bytes());
        assert_eq!(read(""), Ok(Vec::new()));
        let good = "txn,usd,1.00,0.10,0.90,charge\n";
        let partial = read("txn,usd,-1.00,0,-1.00,partial_capture_reversal\n").unwrap();
        assert_eq!(partial[0].kind, MovementKind::Other, "nothing was taken");
        let value = |line, column, wanted| Err(SettlementError::Value { line, column, wanted });
        let amount = "an exact amount with a decimal point, as `1234.50`";
        let with = |row: &str| read(&format!("{good}{row}\n"));
        assert_eq!(with("txn,usd,1.005,0,1.005,charge"), value(3, "gross", amount));
        assert_eq!(with("txn,usd,\"1,00\",0,1,charge"), value(3, "gross", amount));
        assert_eq!(with("txn,xxq,1,0,1,charge"), value(3, "currency", "a currency of ISO 4217"));
        assert_eq!(with(",usd,1,0,1,charge"), value(3, "balance_transaction_id", "filled in"));
        assert_eq!(with("txn,usd,1,0.10,1,charge"), Err(SettlementError::Sum { line: 3 }));
        assert_eq!(with("txn,usd,1"), Err(SettlementError::NotCsv { line: 3 }));
        let missing = stripe_payouts(b"balance_transaction_id,currency\ntxn,usd\n");
        assert_eq!(missing, Err(SettlementError::MissingColumn { column: "gross" }));
    }
}
