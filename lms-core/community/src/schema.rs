//! JSON Schemas of the values of recognition that travel as a text.
use crate::recognition::CertificateNumber;

lms_kernel::text_schema! {
    CertificateNumber, "The number that is printed on a certificate.", "C-000001";
}
