//! Verifying an e-mail address or a telephone number.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::identity::{
    Membership, MembershipEvent, MembershipStatus, MembershipStatusChanged, SecretHash, Token,
    User, UserEvent, UserVerified, Verification, VerificationPurpose,
};
use lms_kernel::{Context, Entropy, Id, Rejected, SecretText};
use lms_store::{StoreError, Transaction};

/// Why an address could not be verified.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum VerifyError {
    /// The user has no address or number to send to.
    #[error("there is no address to send to; add one")]
    #[fault(invalid)]
    NothingToVerify,
    /// The secret is unknown, used, too old, or was for an address that is no longer theirs.
    #[error("the link or code is not valid any more; ask for a new one")]
    #[fault(invalid, field = "token")]
    NotValid,
    /// Too many secrets were sent within an hour.
    #[error("{most} messages were sent within the last hour; wait for one, or try again later")]
    #[fault(conflict)]
    TooMany {
        /// The most in an hour.
        most: u32,
    },
    /// The login is suspended or erased.
    #[error(transparent)]
    #[fault(transparent)]
    State(#[from] Rejected),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// A secret for the host to send, and where to.
#[derive(Clone, Debug)]
pub struct VerificationToSend {
    /// The address or number.
    pub sent_to: String,
    /// A token to put in a link; for a telephone, a code of six digits to type.
    pub secret: SecretText,
}

/// Makes a secret for the host to send to the user's address or number. Those made before for the
/// same purpose stop being accepted. At most [`Verification::MAX_PER_HOUR`] are made for a user and
/// a purpose within an hour.
///
/// # Permission
/// None, also for another person's address: only the owner of the address gets the secret.
///
/// # Locks
/// The user, so that no more are made than are allowed in an hour.
///
/// # Errors
/// [`VerifyError::NothingToVerify`], [`VerifyError::TooMany`].
#[operation("identity.start_verification", secret)]
pub struct StartVerification {
    /// The user.
    pub user_id: Id<User>,
    /// What the secret will show.
    pub purpose: VerificationPurpose,
}

impl Operation for StartVerification {
    const ACCESS: Access = Access::Public("only the owner of the address gets the secret");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = VerificationToSend;
    type Error = VerifyError;

    async fn run(self, tx: &mut Transaction) -> Result<VerificationToSend, VerifyError> {
        let Self { user_id, purpose } = self;
        let entropy = tx.port::<dyn Entropy>()?;
        let user = tx.lock(user_id).await?;
        let sent_to = address(&user, purpose).ok_or(VerifyError::NothingToVerify)?;
        let hour_ago = tx.now().saturating_sub(TimeDelta::hours(1));
        let sent = tx.count(Verification::sent_since(user_id, purpose, hour_ago)).await?;
        if sent >= u64::from(Verification::MAX_PER_HOUR) {
            return Err(VerifyError::TooMany { most: Verification::MAX_PER_HOUR });
        }
        let mut earlier = tx.all(Verification::waiting(user_id, purpose)).await?;
        for it in &mut earlier {
            it.closed_at = Some(tx.now());
        }
        tx.update_all(&mut earlier).await?;
        let secret = match purpose {
            VerificationPurpose::Phone => six_digits(&*entropy),
            VerificationPurpose::Email | VerificationPurpose::PasswordReset => {
                Token::new(&*entropy).expose().to_owned()
            }
        };
        let hash = SecretHash::of(&secret);
        tx.insert(&Verification::new(tx.cx(), user_id, purpose, sent_to.clone(), hash)).await?;
        Ok(VerificationToSend { sent_to, secret: SecretText::new(secret) })
    }
}

/// Verifies an e-mail address with the token of a link, and activates the login and the membership
/// that waited for it.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`VerifyError::NotValid`].
#[operation("identity.verify_email", secret)]
pub struct VerifyEmail {
    /// The token from the link, valid once.
    pub token: Token,
}

impl Operation for VerifyEmail {
    const ACCESS: Access = Access::Credential("the token that was sent to the address");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = VerifyError;

    async fn run(self, tx: &mut Transaction) -> Result<User, VerifyError> {
        let Self { token } = self;
        let token = &token;
        let (_, mut user) = redeem(tx, token, VerificationPurpose::Email).await?;
        user.email_verified_at = Some(tx.now());
        verified(tx, user).await
    }
}

/// The outcome of a code.
#[derive(Clone, Debug, PartialEq)]
pub enum PhoneCode {
    /// The number is verified.
    Verified(Box<User>),
    /// The code is wrong; so many more may be tried. The attempt is counted when the transaction
    /// commits, so commit it.
    Wrong {
        /// How many more may be tried.
        attempts_left: u32,
    },
}

/// Verifies a telephone number with a code. It activates a login that has no e-mail address; one
/// that has an address stays pending until the address is verified.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Locks
/// The user, so that codes cannot be tried side by side.
///
/// # Errors
/// [`VerifyError::NotValid`] if there is no code to compare with any more.
#[operation("identity.verify_phone", secret)]
pub struct VerifyPhone {
    /// The user to whose number the code was sent.
    pub user_id: Id<User>,
    /// The code as the user typed it; it is void after 5 wrong tries.
    pub code: SecretText,
}

impl Operation for VerifyPhone {
    const ACCESS: Access = Access::Credential("the code that was sent to the number");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = PhoneCode;
    type Error = VerifyError;

    async fn run(self, tx: &mut Transaction) -> Result<PhoneCode, VerifyError> {
        let Self { user_id, code } = self;
        let code = &code;
        let mut user = tx.lock(user_id).await?;
        let waiting = tx.first(Verification::waiting(user_id, VerificationPurpose::Phone)).await?;
        let mut sent =
            waiting.filter(|it| is_for(it, &user, tx.cx())).ok_or(VerifyError::NotValid)?;
        if sent.secret_hash != SecretHash::of(code.expose().trim()) {
            sent.attempts = sent.attempts.saturating_add(1);
            let attempts_left = Verification::MAX_ATTEMPTS.saturating_sub(sent.attempts);
            tx.update(&mut sent).await?;
            return Ok(PhoneCode::Wrong { attempts_left });
        }
        sent.closed_at = Some(tx.now());
        tx.update(&mut sent).await?;
        user.phone_verified_at = Some(tx.now());
        // A number says nothing about the address that a login has: that one is verified itself.
        if user.email.is_some() && user.email_verified_at.is_none() {
            user.status.apply(UserEvent::Verify)?;
            tx.update(&mut user).await?;
            return Ok(PhoneCode::Verified(Box::new(user)));
        }
        Ok(PhoneCode::Verified(Box::new(verified(tx, user).await?)))
    }
}

/// Uses up the verification of a token, and returns it with its user, who is locked.
pub(super) async fn redeem(
    tx: &mut Transaction,
    token: &Token,
    purpose: VerificationPurpose,
) -> Result<(Verification, User), VerifyError> {
    let found = tx.first(Verification::by_hash(token.hash(), purpose)).await?;
    let found = found.ok_or(VerifyError::NotValid)?;
    // The lock first: of two who present the token at once, the second sees that it is used.
    let user = tx.lock(found.user_id).await?;
    let mut sent = tx.require(found.id).await?;
    if !is_for(&sent, &user, tx.cx()) {
        return Err(VerifyError::NotValid);
    }
    sent.closed_at = Some(tx.now());
    tx.update(&mut sent).await?;
    Ok((sent, user))
}

fn is_for(sent: &Verification, user: &User, cx: &Context) -> bool {
    sent.is_open(cx.now()) && address(user, sent.purpose).is_some_and(|it| it == sent.sent_to)
}

fn address(user: &User, purpose: VerificationPurpose) -> Option<String> {
    match purpose {
        VerificationPurpose::Email | VerificationPurpose::PasswordReset => {
            user.email.as_ref().map(ToString::to_string)
        }
        VerificationPurpose::Phone => user.phone.as_ref().map(ToString::to_string),
    }
}

pub(super) async fn verified(tx: &mut Transaction, mut user: User) -> Result<User, VerifyError> {
    user.status = user.status.apply(UserEvent::Verify)?;
    tx.update(&mut user).await?;
    if let Some(mut member) = tx.first(Membership::of_user(user.id)).await?
        && let Ok(status) = member.status.apply(MembershipEvent::Activate)
    {
        member.status = status;
        member.joined_at = member.joined_at.or(Some(tx.now()));
        tx.update(&mut member).await?;
        let (membership_id, status) = (member.id, MembershipStatus::Active);
        tx.emit(&MembershipStatusChanged { membership_id, status });
    }
    tx.emit(&UserVerified { user_id: user.id });
    Ok(user)
}

/// Six random digits, each number as likely as the others: draws above the greatest multiple of
/// a million are thrown away.
fn six_digits(entropy: &dyn Entropy) -> String {
    const MILLION: u32 = 1_000_000;
    const FAIR: u32 = u32::MAX - u32::MAX % MILLION;
    loop {
        let mut bytes = [0; 4];
        entropy.fill(&mut bytes);
        let drawn = u32::from_le_bytes(bytes);
        if drawn < FAIR {
            return format!("{:06}", drawn % MILLION);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::SeededEntropy;

    #[test]
    fn codes_have_six_digits() {
        let entropy = SeededEntropy::new(3);
        let codes: Vec<_> = (0..200).map(|_| six_digits(&entropy)).collect();
        assert!(codes.iter().all(|it| it.len() == 6 && it.bytes().all(|c| c.is_ascii_digit())));
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert!(distinct.len() > 190);
    }
}
