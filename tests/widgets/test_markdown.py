import modelapp as ma


def test_markdown_loses_the_indentation_of_the_code(page):
    def script():
        ma.markdown(
            """
            ## Title
                code
            """
        )

    page.run(script)
    assert page.props("output.markdown").text == "## Title\n    code"
    assert page.result("markdown") == "## Title\n    code"
