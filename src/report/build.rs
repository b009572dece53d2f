//! From what was judged to the report. Decides nothing: it only puts into the contract's words.

use super::attempt;
use super::contract::{
    AnswerReport, ApiReport, CauseReport, CheckReport, Counts, DeploymentReport, DiagnosisReport, EvidenceReport, FindingReport, FixReport,
    GapReport, ObservedReport, PlanReport, PredictedReport, ReadReport, RecordReport, RequestReport, RuledOutReport, ShareReport,
    StationReport, StepReport, SubjectReport,
};
use apigw_doctor_checks::check::Verdict;
use apigw_doctor_checks::diagnose::{self, Diagnosis};
use apigw_doctor_checks::examine;
use apigw_doctor_checks::finding::{Evidence, Finding, Fix, Step};
use apigw_doctor_checks::infrastructure;
use apigw_doctor_checks::judge::DeploymentVerdict;
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::fetched::Gap;
use apigw_doctor_checks::model::subject::Subject;
use apigw_doctor_checks::plan::PlanStep;
use apigw_doctor_checks::predict::{Predicted, Prediction};
use apigw_doctor_checks::records::Remark;
use apigw_doctor_checks::remedy::{Proof, apply};
use apigw_doctor_checks::repeated::Summary;

/// Everything that was found out about one deployment.
pub(crate) struct Judged<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) examination: &'a examine::Examination,
    pub(crate) diagnoses: &'a [Diagnosis],
    /// Index of the diagnosis that made the verdict.
    pub(crate) decisive: usize,
    pub(crate) plan: &'a [PlanStep],
    pub(crate) verdict: DeploymentVerdict,
    pub(crate) read: ReadReport,
    pub(crate) invoke_url: Option<String>,
    /// Why no request was made, for each request; empty where one was.
    pub(crate) not_made: &'a [String],
    /// What logs and metrics say, for each diagnosis.
    pub(crate) remarks: &'a [Vec<Remark>],
    /// What was seen from inside, for each diagnosis.
    pub(crate) seen: &'a [Vec<String>],
    /// What came of all attempts, for each request.
    pub(crate) repeated: &'a [Summary],
    /// Proofs of a finding's fixes, in order.
    pub(crate) prove: &'a dyn Fn(&Finding) -> Vec<Proof>,
}

/// Builds the report of one deployment.
pub(crate) fn deployment(judged: &Judged<'_>) -> DeploymentReport {
    let facts = judged.deployment.facts();
    let api = facts.api.value();
    let checks: Vec<CheckReport> = judged.examination.reports.iter().map(|report| check(judged, report)).collect();
    DeploymentReport {
        api: ApiReport {
            id: facts.api_id.clone(),
            name: api.map(|api| api.name.clone()),
            region: facts.region.clone(),
            account: facts.account.clone(),
            protocol: api.map(|api| api.protocol_type.clone()),
            invoke_url: judged.invoke_url.clone(),
        },
        read: judged.read.clone(),
        verdict: judged.verdict.name().to_owned(),
        summary: summary(judged),
        diagnoses: judged
            .diagnoses
            .iter()
            .zip(judged.remarks.iter().zip(judged.seen))
            .map(|(diagnosis, (remarks, seen))| diagnosis_report(judged, diagnosis, remarks, seen))
            .collect(),
        fix_plan: fix_plan(judged),
        counts: counts(judged.examination),
        checks,
    }
}

fn summary(judged: &Judged<'_>) -> String {
    let decisive = judged.diagnoses.get(judged.decisive);
    let asked = decisive.and_then(|diagnosis| judged.deployment.requests().get(diagnosis.request));
    let conclusion = match (decisive, asked) {
        (Some(diagnosis), Some(request)) if judged.diagnoses.len() > 1 => {
            format!("{} {}: {}", request.method, request.bare_path(), diagnosis.conclusion)
        }
        (Some(diagnosis), _) => diagnosis.conclusion.clone(),
        (None, _) => String::new(),
    };
    match judged.verdict {
        DeploymentVerdict::Healthy => format!("Healthy. {conclusion}"),
        DeploymentVerdict::Degraded => format!("Degraded. {conclusion}"),
        DeploymentVerdict::Broken => format!("Broken. {conclusion}"),
        DeploymentVerdict::Unknown => format!("Could not be told. {conclusion}"),
    }
}

fn counts(examination: &examine::Examination) -> Counts {
    let mut counts = Counts::default();
    for report in &examination.reports {
        match report.verdict {
            Verdict::Pass => counts.pass += 1,
            Verdict::Fail => counts.fail += 1,
            Verdict::Unknown => counts.unknown += 1,
            Verdict::NotApplicable => counts.not_applicable += 1,
            Verdict::Crashed => counts.crashed += 1,
        }
    }
    counts
}

fn diagnosis_report(judged: &Judged<'_>, diagnosis: &Diagnosis, remarks: &[Remark], seen: &[String]) -> DiagnosisReport {
    let request = &judged.deployment.requests()[diagnosis.request];
    let url = diagnosis.observed.as_ref().map(|observed| observed.attempt.url.clone());
    DiagnosisReport {
        request: RequestReport {
            method: request.method.clone(),
            path: request.path.clone(),
            stage: diagnose::stage_name(diagnosis).map(str::to_owned).or_else(|| request.stage.clone()),
            url: url.or_else(|| judged.invoke_url.as_ref().map(|base| format!("{base}{}", request.path))),
        },
        observed: observed(judged, diagnosis),
        predicted: prediction(&diagnosis.prediction),
        journey: diagnosis
            .journey
            .iter()
            .map(|(hop, at, verdict)| StationReport {
                hop: hop.name().to_owned(),
                subject: subject(at),
                verdict: verdict.name().to_owned(),
            })
            .collect(),
        causes: diagnosis
            .causes
            .iter()
            .map(|cause| CauseReport {
                check: cause.check.clone(),
                subject: cause.subject.as_ref().map(subject),
                confidence: cause.confidence.name().to_owned(),
                why: cause.why.clone(),
                also: cause.also.clone(),
            })
            .collect(),
        ruled_out: diagnosis.ruled_out.iter().map(|out| RuledOutReport { check: out.check.clone(), why: out.why.clone() }).collect(),
        open: diagnosis.open.iter().map(gap).collect(),
        records: remarks.iter().map(record).collect(),
        inside: seen.to_vec(),
        time: diagnosis.time.clone(),
        conclusion: diagnosis.conclusion.clone(),
        share: diagnosis.share.map(|share| ShareReport { times: share.times, of: share.of }),
        repeated: judged.repeated.get(diagnosis.request).and_then(attempt::repeated),
    }
}

fn observed(judged: &Judged<'_>, diagnosis: &Diagnosis) -> ObservedReport {
    let Some(observed) = &diagnosis.observed else { return ObservedReport::NotMade { reason: judged.not_made[diagnosis.request].clone() } };
    attempt::observed(&observed.attempt, &observed.attribution, observed.as_expected)
}

pub(crate) fn prediction(of: &Prediction) -> PredictedReport {
    match of {
        Prediction::Answered(predicted) => PredictedReport::Answered(answer(predicted)),
        Prediction::Mixed(alternatives) => PredictedReport::Mixed { alternatives: alternatives.iter().map(answer).collect() },
        Prediction::Unknown(gaps) => PredictedReport::Unknown { gaps: gaps.iter().map(gap).collect() },
    }
}

fn answer(predicted: &Predicted) -> AnswerReport {
    AnswerReport {
        status: predicted.answer.status,
        producer: predicted.answer.producer.name().to_owned(),
        symptom: predicted.answer.symptom.name().to_owned(),
        hop: predicted.hop.map(|hop| hop.name().to_owned()),
        by: predicted.by.map(str::to_owned),
        confidence: predicted.confidence.name().to_owned(),
    }
}

pub(crate) fn subject(of: &Subject) -> SubjectReport {
    let kind = serde_json::to_value(of.kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    SubjectReport { kind: kind.unwrap_or_default(), id: of.id.clone(), arn: of.arn.clone() }
}

fn record(of: &Remark) -> RecordReport {
    let speaks_for = of.speaks_for.iter().map(|id| (*id).to_owned()).collect();
    RecordReport { text: of.text.clone(), source: of.source.to_owned(), speaks_for, unread_lines: of.unread }
}

pub(crate) fn gap(of: &Gap) -> GapReport {
    GapReport { part: of.part.name().to_owned(), why: of.why() }
}

fn fix_plan(judged: &Judged<'_>) -> Vec<PlanReport> {
    let mut facts = judged.deployment.facts().clone();
    let mut steps = Vec::new();
    for step in judged.plan {
        // Each step is written for the deployment that the ones before it leave.
        let deployment = Deployment::new(facts.clone(), judged.deployment.requests().to_vec());
        steps.push(plan_step(judged, &deployment, step));
        let changed = step.finding.fixes.get(step.fix).and_then(|fix| apply(&facts, &fix.change).ok());
        facts = changed.map_or(facts, |(changed, _)| changed);
    }
    steps
}

fn plan_step(judged: &Judged<'_>, deployment: &Deployment, step: &PlanStep) -> PlanReport {
    let fix = step.finding.fixes.get(step.fix);
    // A request with several distinct answers has several diagnoses.
    let diagnosis = judged.diagnoses.iter().position(|diagnosis| diagnosis.request == step.request);
    PlanReport {
        request: diagnosis.unwrap_or(step.request),
        check: step.finding.check.to_owned(),
        subject: subject(&step.finding.subject),
        fix: step.fix,
        title: fix.map(|fix| fix.title.clone()).unwrap_or_default(),
        steps: fix.map(|fix| steps_of(deployment, fix)).unwrap_or_default(),
        verified: step.verified,
        predicted_after: prediction(&step.predicted_after),
    }
}

fn check(judged: &Judged<'_>, report: &examine::CheckReport) -> CheckReport {
    CheckReport {
        id: report.meta.id.to_owned(),
        hop: report.meta.hop.name().to_owned(),
        title: report.meta.title.to_owned(),
        verdict: report.verdict.name().to_owned(),
        examined: report.outcome.examined(),
        findings: report.outcome.findings.iter().map(|of| finding(judged, of)).collect(),
        gaps: report.outcome.gaps.iter().map(gap).collect(),
    }
}

fn finding(judged: &Judged<'_>, of: &Finding) -> FindingReport {
    let proofs = (judged.prove)(of);
    FindingReport {
        subject: subject(&of.subject),
        summary: of.summary.clone(),
        severity: of.severity.name().to_owned(),
        confidence: of.confidence.name().to_owned(),
        key: of.key(),
        evidence: of.evidence.iter().map(evidence).collect(),
        fixes: of.fixes.iter().zip(&proofs).map(|(fix, proof)| fix_report(judged.deployment, fix, proof)).collect(),
    }
}

fn evidence(of: &Evidence) -> EvidenceReport {
    EvidenceReport {
        subject: subject(&of.subject),
        field: of.field.to_owned(),
        found: of.found.clone(),
        expected: of.expected.clone(),
        source: of.source.to_owned(),
    }
}

fn fix_report(deployment: &Deployment, fix: &Fix, proof: &Proof) -> FixReport {
    FixReport {
        title: fix.title.clone(),
        risk: fix.risk.name().to_owned(),
        verified: proof.verified,
        health_again: proof.health_again,
        objection: proof.objection.clone(),
        patch: fix.change.clone(),
        steps: steps_of(deployment, fix),
    }
}

fn steps_of(deployment: &Deployment, fix: &Fix) -> Vec<StepReport> {
    fix.steps.iter().chain(&infrastructure::steps(deployment, &fix.change)).map(step).collect()
}

fn step(of: &Step) -> StepReport {
    let (kind, text) = match of {
        Step::Cli(text) => ("cli", text),
        Step::Terraform(text) => ("terraform", text),
        Step::CloudFormation(text) => ("cloudformation", text),
        Step::Console(text) => ("console", text),
    };
    StepReport { kind: kind.to_owned(), text: text.clone() }
}
