//! "Did you mean …?" for ids that do not exist.

/// ` (did you mean x, y?)`, or nothing when no known word is near.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    let mut near: Vec<(usize, &str)> = known.iter().map(|candidate| (distance(word, candidate), *candidate)).collect();
    near.retain(|(distance, candidate)| *distance <= 3.max(word.len() / 3) || candidate.contains(word));
    near.sort_unstable();
    let names: Vec<&str> = near.iter().take(3).map(|(_, candidate)| *candidate).collect();
    if names.is_empty() { String::new() } else { format!(" (did you mean {}?)", names.join(", ")) }
}

/// Levenshtein distance by characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(hint("tg-emty", &["tg-empty", "no-stage"]), " (did you mean tg-empty?)");
        assert_eq!(hint("xyz", &["secure-server-name-missing"]), "");
    }
}
