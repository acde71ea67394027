//! D-Bus messages there and back, laid out by rustbus, in memory that is wiped.
//! It does not send them and does not know what they mean.

use crate::error::{Error, Result};
use rustbus::message_builder::{DynamicHeader, MarshalledMessageBody, MessageBuilder};
use rustbus::wire::marshal::{self, MarshalContext, traits::SignatureBuffer};
use rustbus::wire::unmarshal::{self, Header, UnmarshalContext};
use rustbus::{ByteOrder, Marshal, MessageType, Unmarshal};
use zeroize::Zeroizing;

/// A method to call.
pub struct Call<'a> {
    pub to: &'a str,
    /// The object's path.
    pub on: &'a str,
    /// The interface.
    pub of: &'a str,
    pub member: &'a str,
}

/// The arguments of a call.
pub struct Body {
    bytes: Zeroizing<Vec<u8>>,
    signature: SignatureBuffer,
}

/// A message that came.
pub struct Message {
    kind: MessageType,
    order: ByteOrder,
    header: DynamicHeader,
    body: Zeroizing<Vec<u8>>,
}

/// Reads the values of a message one after the other.
pub struct Reader<'a> {
    context: UnmarshalContext<'static, 'a>,
}

impl Body {
    /// No arguments.
    pub fn new() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(1024)), signature: SignatureBuffer::new() }
    }

    /// Room for a secret of so many bytes and what belongs to it, made before it comes: a vector that grows leaves copies behind.
    pub fn with_room(mut self, length: usize) -> Self {
        self.bytes.reserve(length + 1024);
        self
    }

    /// One argument more; an error for what D-Bus cannot carry.
    pub fn with<T: Marshal>(mut self, value: T) -> Result<Self> {
        let mut context =
            MarshalContext { fds: &mut Vec::new(), buf: &mut self.bytes, byteorder: ByteOrder::LittleEndian };
        value.marshal(&mut context).map_err(|_| unspeakable())?;
        T::sig_str(&mut self.signature);
        Ok(self)
    }

    /// Header and body, ready to send.
    pub fn into_message(self, call: &Call, serial: u32) -> Result<Zeroizing<Vec<u8>>> {
        let mut message = MessageBuilder::with_byteorder(ByteOrder::LittleEndian);
        let mut message =
            std::mem::take(&mut message).call(call.member).on(call.on).with_interface(call.of).at(call.to).build();
        // rustbus needs the body's length for the header but would keep the body unwiped: it gets zeros.
        let stand_in = vec![0; self.bytes.len()];
        let signature = self.signature.as_str().to_owned();
        message.body = MarshalledMessageBody::from_parts(stand_in, Vec::new(), signature, ByteOrder::LittleEndian);
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len() + 1024));
        marshal::marshal(&message, serial, &mut bytes).map_err(|_| unspeakable())?;
        bytes.extend_from_slice(&self.bytes);
        Ok(bytes)
    }
}

impl Message {
    /// The whole length of the message that begins here, or `None` while too little of it is there.
    pub fn length(bytes: &[u8]) -> Result<Option<usize>> {
        let Some(fields) = bytes.get(12..16) else { return Ok(None) };
        let (_, header) = unmarshal::unmarshal_header(bytes, 0).map_err(|_| garbled())?;
        let (_, fields) = rustbus::wire::util::parse_u32(fields, header.byteorder).map_err(|_| garbled())?;
        let head = 16 + (fields as usize).next_multiple_of(8);
        Ok(Some(head + header.body_len as usize))
    }

    /// Takes one whole message apart.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (used, fixed) = unmarshal::unmarshal_header(bytes, 0).map_err(|_| garbled())?;
        let (_, header) = unmarshal::unmarshal_dynamic_header(&fixed, bytes, used).map_err(|_| garbled())?;
        let Header { byteorder: order, typ: kind, body_len, .. } = fixed;
        let start = bytes.len().checked_sub(body_len as usize).ok_or_else(garbled)?;
        Ok(Self { kind, order, header, body: Zeroizing::new(bytes[start..].to_vec()) })
    }

    pub fn kind(&self) -> MessageType {
        self.kind
    }

    /// Whether it answers the call with this number.
    pub fn answers(&self, serial: u32) -> bool {
        self.header.response_serial == Some(serial)
    }

    pub fn error_name(&self) -> &str {
        self.header.error_name.as_deref().unwrap_or_default()
    }

    /// Whether it is this signal of this object.
    pub fn is_signal(&self, object: &str, member: &str) -> bool {
        self.header.object.as_deref() == Some(object) && self.header.member.as_deref() == Some(member)
    }

    /// A reader of its values; an error if they are not of these types.
    pub fn values(&self, signature: &str) -> Result<Reader<'_>> {
        if self.header.signature.as_deref().unwrap_or_default() != signature {
            return Err(garbled());
        }
        Ok(Reader { context: UnmarshalContext { fds: &[], buf: &self.body, byteorder: self.order, offset: 0 } })
    }
}

impl<'a> Reader<'a> {
    /// The next value.
    pub fn next<T: Unmarshal<'a, 'static>>(&mut self) -> Result<T> {
        T::unmarshal(&mut self.context).map(|(_, value)| value).map_err(|_| garbled())
    }
}

fn garbled() -> Error {
    Error::KeyringFailed { what: "answer understandably" }
}

fn unspeakable() -> Error {
    Error::KeyringFailed { what: "take an account of this name" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call = Call { to: "org.example.S", on: "/o", of: "org.example.I", member: "M" };

    #[test]
    fn what_is_written_reads_back() {
        let body = Body::new().with("text").and_then(|body| body.with(&b"\0\xff"[..])).expect("speakable");
        let bytes = body.into_message(&CALL, 7).expect("built");
        assert_eq!(Message::length(&bytes), Ok(Some(bytes.len())));
        assert_eq!(Message::length(&bytes[..15]), Ok(None));
        let message = Message::parse(&bytes).expect("whole");
        assert!(message.values("s").is_err());
        let mut values = message.values("say").expect("of these types");
        assert_eq!(values.next::<String>().expect("text"), "text");
        assert_eq!(values.next::<Vec<u8>>().expect("bytes"), b"\0\xff");
        assert!(values.next::<String>().is_err());
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(Message::length(&[b'x'; 16]).is_err());
    }
}
