namespace ControlPanel.Demo.Models;

/// <summary>A model of the demo server.</summary>
/// <param name="Id">The name that requests carry.</param>
/// <param name="Voice">What it begins every scripted answer with; empty: it repeats what it is told.</param>
internal sealed record DemoModel(
    string Id,
    string DisplayName,
    string Provider,
    string Modality,
    bool BatchCapable,
    string Voice
);

/// <summary>The models that the demo server answers for. None of them thinks: all are scripted.</summary>
internal static class DemoCatalog
{
    public const string Text = "text";
    public const string Embedding = "embedding";

    public static IReadOnlyList<DemoModel> Models { get; } =
    [
        new("demo-echo", "Echo (demo)", "ControlPanel", Text, BatchCapable: false, ""),
        new("openai-gpt-4o", "GPT-4o (demo)", "OpenAI", Text, BatchCapable: true, "Certainly!"),
        new("openai-gpt-4o-mini", "GPT-4o mini (demo)", "OpenAI", Text, BatchCapable: true, "Sure."),
        new(
            "anthropic-claude-3.5-haiku",
            "Claude 3.5 Haiku (demo)",
            "Anthropic",
            Text,
            BatchCapable: true,
            "Happy to help."
        ),
        new("llama3.3-70b-instruct", "Llama 3.3 70B Instruct (demo)", "Meta", Text, BatchCapable: false, "Here goes:"),
        new(
            "mistral-nemo-instruct-2407",
            "Mistral NeMo Instruct (demo)",
            "Mistral",
            Text,
            BatchCapable: false,
            "Bien sûr."
        ),
        new(
            "deepseek-r1-distill-llama-70b",
            "DeepSeek R1 Distill (demo)",
            "DeepSeek",
            Text,
            BatchCapable: false,
            "After some thought:"
        ),
        new("gte-large", "GTE Large v1.5 (demo)", "Alibaba", Embedding, BatchCapable: false, ""),
    ];

    public static DemoModel? Find(string? id) => Models.FirstOrDefault(m => m.Id == id);
}
