//! A question that opens in the body: `y` says yes, Esc is no, Enter says nothing.

/// A question and what a yes means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask<T> {
    /// The question, one line.
    pub question: String,
    /// What it rests on: whole sentences, wrapped by the view.
    pub lines: Vec<String>,
    /// What `y` does, for the notice line: a sentence.
    pub yes: String,
    /// What a yes means.
    pub then: T,
}
