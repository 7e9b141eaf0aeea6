//! Signatures: published vectors, rotations, replays, and near misses.
use lms_core::{
    commerce::{StoredSecret, WebhookAdapter, WebhookVerdict},
    kernel::Timestamp,
};
use lms_gateways::{
    Gateway, Midtrans, Razorpay, RazorpayReturn, SigningSecret, Stripe, Tolerance,
    VerificationError, WebhookRequest, Within, Xendit, standard_webhooks,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn stripe(header: &str, body: &[u8], secret: &str, now: i64) -> Result<(), VerificationError> {
    let headers = [("stripe-signature", header)];
    let request = WebhookRequest::new(&headers, body);
    Stripe.verify(&request, &[SigningSecret::new(secret)], at(now)).map(|_| ())
}

/// The vector of stripe-node's own tests (test/Webhook.spec.ts): body, time, secret and digest.
const STRIPE_BODY: &[u8] = b"{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
const STRIPE_V1: &str = "v1=2672d138c9a412830f3bfe2ecc5bfb3277cf6f5b49d0119d77dd6cb64da1257e";
const STRIPE_SECRET: &str = "whsec_test_secret";

#[test]
fn stripe_accepts_its_published_vector_and_a_rotation() {
    assert_eq!(stripe(&format!("t=12345,{STRIPE_V1}"), STRIPE_BODY, STRIPE_SECRET, 12345), Ok(()));
    let rotating = format!("t=12345,{STRIPE_V1},v1=bad_signature,v0=0");
    assert_eq!(stripe(&rotating, STRIPE_BODY, STRIPE_SECRET, 12345), Ok(()));
}

#[test]
fn stripe_bounds_replays_both_ways_and_inclusively() {
    let header = format!("t=12345,{STRIPE_V1}");
    for now in [12345 - 300, 12345 + 300] {
        assert_eq!(stripe(&header, STRIPE_BODY, STRIPE_SECRET, now), Ok(()), "{now}");
    }
    for now in [12345 - 301, 12345 + 301, 200_000_000_000] {
        let refused = stripe(&header, STRIPE_BODY, STRIPE_SECRET, now);
        let late = VerificationError::OutsideTolerance { tolerance_seconds: 300 };
        assert_eq!(refused, Err(late), "{now}");
    }
}

#[test]
fn stripe_refuses_what_is_not_quite_it() {
    let good = format!("t=12345,{STRIPE_V1}");
    let with_space = [STRIPE_BODY, b" "].concat();
    let none = Err(VerificationError::NoMatchingSignature);
    assert_eq!(stripe(&good, &with_space, STRIPE_SECRET, 12345), none);
    assert_eq!(stripe(&good, STRIPE_BODY, "whsec_other", 12345), none);
    assert_eq!(stripe("t=12345,v1=26", STRIPE_BODY, STRIPE_SECRET, 12345), none, "a prefix");
    assert_eq!(stripe("t=12345,v1=", STRIPE_BODY, STRIPE_SECRET, 12345), none, "empty");
    let malformed = Err(VerificationError::MalformedHeader { name: "Stripe-Signature" });
    let no_time = ["", "v1=00", "t=,v1=00", "t=soon,v1=00", "t=99999999999999999999,v1=00"];
    let no_signature = ["t=12345", "t=12345,v0=00", "t=12345,v1", "12345"];
    for header in no_time.into_iter().chain(no_signature) {
        assert_eq!(stripe(header, STRIPE_BODY, STRIPE_SECRET, 12345), malformed, "{header}");
    }
    let empty = stripe(&good, STRIPE_BODY, "", 12345);
    assert_eq!(empty, Err(VerificationError::NoSecret), "an empty key signs for everybody");
}

/// The host may bound replays more tightly, or less.
#[test]
fn the_tolerance_is_a_setting() {
    let header = format!("t=12345,{STRIPE_V1}");
    let headers = [("stripe-signature", header.as_str())];
    let request = WebhookRequest::new(&headers, STRIPE_BODY);
    let secrets = [SigningSecret::new(STRIPE_SECRET)];
    for (seconds, apart, fits) in [(0, 0, true), (0, 1, false), (60, 61, false), (900, 900, true)] {
        let tolerance = Tolerance::seconds(seconds);
        let gateway = Within::new(Stripe, tolerance);
        for now in [12345 - apart, 12345 + apart] {
            let verified = gateway.verify(&request, &secrets, at(now)).map(|_| ());
            let tolerance_seconds = i64::from(seconds);
            let late = Err(VerificationError::OutsideTolerance { tolerance_seconds });
            assert_eq!(verified, if fits { Ok(()) } else { late }, "{seconds} {now}");
        }
    }
    // A gateway that signs no time does not look at it.
    let headers = [("x-callback-token", "t")];
    let request = WebhookRequest::new(&headers, b"{}");
    let xendit = Within::new(Xendit, Tolerance::seconds(0));
    assert!(xendit.verify(&request, &[SigningSecret::new("t")], Timestamp::MAX).is_ok());
}

/// HMAC-SHA256 of `order_100000000order|pay_6koWN7bvxujzxM` under `key_secret`, as openssl prints
/// it.
#[test]
fn the_page_that_a_buyer_comes_back_to_is_signed_by_the_key_secret() {
    let page = RazorpayReturn::Order {
        order_id: "order_100000000order",
        payment_id: "pay_6koWN7bvxujzxM",
    };
    let signature = "6660b954f941a3fa96b62e258423fc46470c2a48189cd2fc93f5fa433c233b71";
    let secrets = [SigningSecret::new("key_secret")];
    let verify = |page, signature: &str| Razorpay.verify_return(page, signature, &secrets);
    assert_eq!(verify(page, signature), Ok(()));
    let none = Err(VerificationError::NoMatchingSignature);
    for wrong in ["", "test_signature", &signature[..62]] {
        assert_eq!(verify(page, wrong), none, "{wrong}");
    }
    // Another order, the parts in another order, and a border that moved.
    let other = |order_id, payment_id| RazorpayReturn::Order { order_id, payment_id };
    assert_eq!(verify(other("order_2", "pay_6koWN7bvxujzxM"), signature), none);
    assert_eq!(verify(other("pay_6koWN7bvxujzxM", "order_100000000order"), signature), none);
    assert_eq!(verify(other("order_100000000order|pay_6koWN7bvxujzxM", ""), signature), none);
    // A subscription signs the payment first.
    let (payment_id, subscription_id) = ("order_100000000order", "pay_6koWN7bvxujzxM");
    let page = RazorpayReturn::Subscription { subscription_id, payment_id };
    assert_eq!(verify(page, signature), Ok(()));
    assert_eq!(Razorpay.verify_return(page, signature, &[]), Err(VerificationError::NoSecret));
}

/// A host may hand any gateway to the inbox, by its own type.
#[test]
fn every_gateway_is_an_adapter_of_the_inbox() {
    let headers = [("x-callback-token", "t")];
    let body = br#"{"id":"inv","status":"PENDING"}"#;
    let request = WebhookRequest::new(&headers, body);
    let boxed: Box<dyn Gateway> = Box::new(Xendit);
    let within = Within::new(Xendit, Tolerance::USUAL);
    let adapters: [(&dyn WebhookAdapter, &str); 7] = [
        (&Stripe, "stripe"),
        (&Razorpay, "razorpay"),
        (&Midtrans, "midtrans"),
        (&Xendit, "xendit"),
        (&boxed, "xendit"),
        (&within, "xendit"),
        (&Within::new(Stripe, Tolerance::USUAL), "stripe"),
    ];
    for (adapter, name) in adapters {
        assert_eq!(adapter.gateway(), name);
        let verdict = adapter.examine(&request, &[StoredSecret::new("t")], Timestamp::EPOCH);
        let believed = matches!(verdict, WebhookVerdict::Understood(_));
        assert_eq!(believed, name == "xendit", "{name}: {verdict:?}");
    }
}

#[test]
fn one_accounts_secret_never_verifies_for_another() {
    let headers = [("x-callback-token", "token-of-a")];
    let request = WebhookRequest::new(&headers, b"{}");
    let (a, b) = (SigningSecret::new("token-of-a"), SigningSecret::new("token-of-b"));
    assert!(Xendit.verify(&request, std::slice::from_ref(&a), Timestamp::EPOCH).is_ok());
    assert!(Xendit.verify(&request, std::slice::from_ref(&b), Timestamp::EPOCH).is_err());
    assert!(Xendit.verify(&request, &[b, a], Timestamp::EPOCH).is_ok(), "a rotation has two");
}

#[test]
fn razorpay_signs_the_body_alone() {
    // HMAC-SHA256 of `{"event":"payment.captured"}` under `a-secret`, as openssl prints it.
    let body = br#"{"event":"payment.captured"}"#;
    let signature = "06a797f92a0e75f05f1e3e0431d7422b0fa710efc32e10a2b9e3e743aa32f5db";
    let verify = |signature: &str, body: &[u8]| {
        let headers = [("X-Razorpay-Signature", signature)];
        let request = WebhookRequest::new(&headers, body);
        let secrets = [SigningSecret::new("a-secret")];
        Razorpay.verify(&request, &secrets, Timestamp::EPOCH).map(|_| ())
    };
    assert_eq!(verify(signature, body), Ok(()));
    assert_eq!(verify(&signature.to_uppercase(), body), Ok(()), "hexadecimal has no case");
    let none = Err(VerificationError::NoMatchingSignature);
    for wrong in ["test_signature", "", &signature[..62]] {
        assert_eq!(verify(wrong, body), none, "{wrong}");
    }
    assert_eq!(verify(signature, b""), none);
}

#[test]
fn midtrans_signs_the_amount_as_it_is_written() {
    let server_key = "askvnoibnosifnboseofinbofinfgbiufglnbfg";
    // The parameters of Midtrans' documentation; the digest is SHA-512 as sha512sum prints it.
    let digest = "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e237\
                  5d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231";
    let verify = |gross: &str, digest: &str| {
        let body = format!(
            r#"{{"order_id":"1111","status_code":"200","gross_amount":{gross},"signature_key":"{digest}"}}"#
        );
        let request = WebhookRequest::new(&[], body.as_bytes());
        let secrets = [SigningSecret::new(server_key)];
        Midtrans.verify(&request, &secrets, Timestamp::EPOCH).map(|_| ())
    };
    assert_eq!(verify("\"100000.00\"", digest), Ok(()));
    assert_eq!(verify("\"100000\"", digest), Err(VerificationError::NoMatchingSignature));
    let missing = Err(VerificationError::MissingField { name: "gross_amount" });
    assert_eq!(verify("100000.00", digest), missing, "a number has no one spelling");
    assert_eq!(verify("\"100000.00\"", ""), Err(VerificationError::NoMatchingSignature));
}

#[test]
fn xendit_compares_the_token_letter_for_letter() {
    for (given, valid) in
        [("tok_abc", true), ("tok_abc ", false), ("TOK_ABC", false), ("", false), ("tok", false)]
    {
        let headers = [("X-CALLBACK-TOKEN", given)];
        let request = WebhookRequest::new(&headers, b"{}");
        let verified = Xendit.verify(&request, &[SigningSecret::new("tok_abc")], Timestamp::EPOCH);
        assert_eq!(verified.is_ok(), valid, "{given:?}");
    }
}

/// The vector of the Standard Webhooks specification's libraries.
const STANDARD: (&str, &str, &str, i64) = (
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    r#"{"email":"test@example.com","username":"test_user"}"#,
    1_649_367_553,
);
const STANDARD_SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn standard(signature: &str, now: i64) -> Result<(), VerificationError> {
    let (secret, id, body, time) = STANDARD;
    let time = time.to_string();
    let headers =
        [("webhook-id", id), ("webhook-timestamp", &*time), ("webhook-signature", signature)];
    let request = WebhookRequest::new(&headers, body.as_bytes());
    standard_webhooks::verify(&request, &[SigningSecret::new(secret)], at(now))
}

#[test]
fn standard_webhooks_agree_with_the_published_vector() {
    let (secret, id, body, time) = STANDARD;
    let secrets = [SigningSecret::new(secret)];
    let signed = standard_webhooks::sign(id, at(time), body.as_bytes(), &secrets).unwrap();
    assert_eq!(signed.signature, STANDARD_SIGNATURE);
    assert_eq!(standard(STANDARD_SIGNATURE, time), Ok(()));
    let among_others =
        format!("v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ= {STANDARD_SIGNATURE}");
    assert_eq!(standard(&among_others, time), Ok(()));
}

#[test]
fn standard_webhooks_refuse_near_misses() {
    let time = STANDARD.3;
    let none = Err(VerificationError::NoMatchingSignature);
    for signature in ["v1,", "v1,t", "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=", "x"] {
        assert_eq!(standard(signature, time), none, "{signature}");
    }
    let missing = VerificationError::MissingHeader { name: "webhook-signature" };
    assert_eq!(standard("", time), Err(missing));
    let late = Err(VerificationError::OutsideTolerance { tolerance_seconds: 300 });
    assert_eq!(standard(STANDARD_SIGNATURE, time - 301), late);
    assert_eq!(standard(STANDARD_SIGNATURE, time + 301), late);
}

#[test]
fn a_rotation_signs_with_both_secrets() {
    let secrets = [SigningSecret::new("whsec_b2xk"), SigningSecret::new("whsec_bmV3")];
    let signed = standard_webhooks::sign("msg_1", at(10), b"{}", &secrets).unwrap();
    for secret in secrets {
        let headers = [
            ("webhook-id", &*signed.id),
            ("webhook-timestamp", &*signed.timestamp),
            ("webhook-signature", &*signed.signature),
        ];
        let request = WebhookRequest::new(&headers, b"{}");
        assert_eq!(standard_webhooks::verify(&request, &[secret], at(10)), Ok(()));
    }
    assert!(standard_webhooks::sign("msg_1", at(10), b"{}", &[]).is_err());
}

#[test]
fn a_body_beyond_the_limit_is_not_read() {
    let body = vec![b' '; WebhookRequest::MAX_BODY_BYTES + 1];
    let headers = [("x-callback-token", "t")];
    let request = WebhookRequest::new(&headers, &body);
    let refused = Xendit.verify(&request, &[SigningSecret::new("t")], Timestamp::EPOCH);
    assert!(matches!(refused, Err(VerificationError::TooLarge { .. })));
}

#[test]
fn secrets_do_not_print() {
    assert!(!format!("{:?}", SigningSecret::new("whsec_very")).contains("very"));
}
